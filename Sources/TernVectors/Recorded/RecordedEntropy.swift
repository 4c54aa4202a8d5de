// Owns handing recorded random bytes to an engine in the order in which it draws. It must not know what they are for.

internal import Synchronization
internal import TernCrypto

/// Recorded draws, each given once. Copies share them, so that whoever holds one can say what an engine draws next.
struct RecordedEntropy: Entropy, Sendable {
    /// What a draw gets.
    enum Draw: Sendable, Equatable {
        /// These bytes, for a draw of as many.
        case bytes([UInt8])
        /// Nothing that the recording tells: zeros, for a draw of any length.
        case anything
    }

    private final class Script: Sendable {
        struct State {
            var draws: [Draw] = []
            var faults = 0
        }

        let state = Mutex(State())
    }

    private let script = Script()

    /// Says what is drawn next.
    func expect(_ draws: [Draw]) {
        script.state.withLock { $0 = Script.State(draws: draws) }
    }

    /// An engine cannot throw where it draws, so what it drew is judged afterwards.
    func check() throws(ReplayError) {
        let (left, faults) = script.state.withLock { ($0.draws.count, $0.faults) }
        try TernVectors.expect(faults, 0, "the number of draws that the recording does not have")
        try TernVectors.expect(left, 0, "the number of recorded draws that were not made")
    }

    mutating func fill(_ bytes: inout MutableSpan<UInt8>) {
        let next = script.state.withLock { state -> [UInt8] in
            guard !state.draws.isEmpty else {
                state.faults += 1
                return []
            }
            switch state.draws.removeFirst() {
            case .anything: return []
            case .bytes(let recorded):
                if recorded.count != bytes.count { state.faults += 1 }
                return recorded
            }
        }
        for index in bytes.indices { bytes[index] = index < next.count ? next[index] : UInt8(0) }
    }
}

extension RecordedEntropy.Draw {
    /// What `Entropy.number(below:)` draws when it gives `number`: the first candidate that favours nobody.
    static func number(_ number: Int, below bound: Int) -> Self {
        let drawn = UInt32(number + bound)
        return .bytes([24, 16, 8, 0].map { UInt8(truncatingIfNeeded: drawn >> $0) })
    }
}
