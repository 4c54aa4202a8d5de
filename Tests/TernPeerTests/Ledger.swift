// Owns the rules of a conversation with a foreign implementation, what happened so far, and the exceptions by name.
// It must not know how messages travel.

import TernCore

/// Holds what devices say about messages against what was written.
///
/// A message that arrives is read once, to its text; what comes again is a duplicate; nothing else is refused, but for an
/// ``Exception``. Which exception is due follows from the chains that a device has seen, so each is foreseen, not excused.
struct Ledger {
    /// What a device says about a message.
    enum Outcome: Equatable {
        case read(String?)
        /// By the name of the refusal, which Tern and the foreign peers share.
        case refused(String)
    }

    /// What is not as it should be and yet foreseen. `Tests/Peers/README.md` has the limits of the peers.
    enum Exception: String, CaseIterable {
        /// python-omemo forgets a chain once the next began: a repetition from there looks like a forgery to it.
        case pythonForgotChain
        /// libomemo-c keeps five chains: what comes later than that, for the first time or again, is a forgery to it.
        case libOMEMOCKeepsFiveChains
        /// libomemo-c says that its last chain was one message shorter than it was. Tern keeps the key that this hides, but
        /// only as long as it keeps the chain itself: five chains later the chain's last message is lost.
        case libOMEMOCHidLastKey
        /// Tern tells duplicates over the current and the last five chains; before that, they are refused in other words.
        case ternKeepsSixChains
    }

    /// A rule that did not hold.
    struct Violation: Error, CustomStringConvertible {
        let description: String
    }

    private struct Reading: Hashable {
        let destination: DeviceAddress
        let number: Int
    }

    private struct Direction: Hashable {
        let sender: DeviceAddress
        let destination: DeviceAddress
    }

    /// Whether the foreign devices say of a chain that it had one message less.
    private let hidesLastKey: Bool
    private(set) var read = 0
    private(set) var duplicates = 0
    private(set) var exceptions: [Exception: Int] = [:]
    private var readings: Set<Reading> = []
    /// The chains of which something was read, in the order in which they began.
    private var chains: [Direction: [[UInt8]]] = [:]
    /// The number of the last message that was sent of each chain. Each direction has ratchet keys of its own.
    private var lasts: [[UInt8]: UInt32] = [:]

    init(with implementation: ForeignPeer.Implementation) {
        hidesLastKey = implementation == .libOMEMOC
    }

    /// A message leaves.
    mutating func left(_ parcel: Parcel) {
        lasts[parcel.chain] = max(lasts[parcel.chain] ?? 0, parcel.index)
    }

    /// Holds an outcome against the rules.
    /// - Parameter implementation: Whose device the destination is; Tern's where there is none.
    /// - Throws: ``Violation``.
    mutating func judge(
        _ parcel: Parcel, _ outcome: Outcome, at implementation: ForeignPeer.Implementation?
    ) throws(Violation) {
        let reading = Reading(destination: parcel.destination, number: parcel.number)
        switch outcome {
        case .read(let text):
            guard text == parcel.text else { throw Violation(description: "\(parcel) says something else") }
            guard readings.insert(reading).inserted else { throw Violation(description: "\(parcel) was read twice") }
            read += 1
            begin(parcel)
        case .refused("duplicate"):
            guard readings.contains(reading) else {
                throw Violation(description: "\(parcel) is called a duplicate, and was never read")
            }
            duplicates += 1
        case .refused(let name):
            let isRepeated = readings.contains(reading)
            guard name == "unauthentic", let exception = exception(parcel, isRepeated, at: implementation) else {
                let time = isRepeated ? "the second time" : "the first time"
                throw Violation(
                    description: "\(parcel) is refused as \(name), \(chainsSince(parcel)) chains late, \(time)")
            }
            exceptions[exception, default: 0] += 1
        }
    }

    private func exception(
        _ parcel: Parcel, _ isRepeated: Bool, at implementation: ForeignPeer.Implementation?
    ) -> Exception? {
        let late = chainsSince(parcel)
        return switch implementation {
        case .pythonOMEMO? where isRepeated && late >= 1: .pythonForgotChain
        case .libOMEMOC? where late >= 4: .libOMEMOCKeepsFiveChains
        case nil where isRepeated && late >= 6: .ternKeepsSixChains
        case nil where late >= 6 && hidesLastKey && parcel.index == lasts[parcel.chain]: .libOMEMOCHidLastKey
        default: nil
        }
    }

    /// How many chains have begun after the one of a message.
    private func chainsSince(_ parcel: Parcel) -> Int {
        let begun = chains[Direction(sender: parcel.sender, destination: parcel.destination)] ?? []
        guard let place = begun.lastIndex(of: parcel.chain) else { return 0 }
        return begun.count - 1 - place
    }

    private mutating func begin(_ parcel: Parcel) {
        let direction = Direction(sender: parcel.sender, destination: parcel.destination)
        if chains[direction]?.contains(parcel.chain) != true { chains[direction, default: []].append(parcel.chain) }
    }
}
