// Random schedules between Tern and the textbook: any order, losses, repetitions, damage, restarts. A failure names its
// seed.

import TernCrypto
import TernOMEMO
import TernRatchet
import Testing

@Suite struct AgainstTextbookTests {
    /// A message on its way.
    private struct Flight {
        let bytes: [UInt8]
        let text: [UInt8]
        let fromTern: Bool
    }

    private struct Schedule: ~Copyable {
        var meeting: Meeting
        var entropy: SeededEntropy
        let name: String
        var underway: [Flight] = []
        var arrived: [Flight] = []
        var opened = 0
        var refused = 0

        init(_ version: Version, seed: Int) throws {
            meeting = try Meeting(version, seed: seed, ternInitiates: seed % 2 == 0)
            entropy = SeededEntropy(seed + 3_000_000)
            name = "\(version), seed \(seed)"
        }

        mutating func step() throws {
            switch entropy.number(below: 16) {
            case 0..<3: try sendFromTern()
            case 3..<6: try sendFromPeer()
            case 6..<11: try deliverAny()
            case 11: dropAny()
            case 12: try repeatAny()
            case 13, 14: try tamperAny()
            default: try restart()
            }
        }

        mutating func sendFromTern() throws {
            let text = meeting.text()
            guard meeting.tern.canSend else {
                let before = meeting.tern.snapshot()
                let failed = failure { () throws(RatchetError) in _ = try meeting.ternSeals(text) }
                #expect(failed == .tooEarly, "\(name)")
                let after = meeting.tern.snapshot()
                #expect(before == after, "\(name)")
                return
            }
            underway.append(Flight(bytes: try meeting.ternSeals(text), text: text, fromTern: true))
        }

        mutating func sendFromPeer() throws {
            guard meeting.peer.canSend else { return }
            let text = meeting.text()
            underway.append(Flight(bytes: try meeting.peer.seal(text), text: text, fromTern: false))
        }

        mutating func takeAny() -> Flight? {
            guard !underway.isEmpty else { return nil }
            return underway.remove(at: Int(entropy.number(below: UInt32(underway.count))))
        }

        mutating func deliverAny() throws {
            guard let flight = takeAny() else { return }
            try deliver(flight)
        }

        mutating func deliver(_ flight: Flight) throws {
            if flight.fromTern {
                let text = try meeting.peer.open(flight.bytes)
                #expect(text == flight.text, "\(name)")
            } else {
                let text = try receive(flight.bytes)
                #expect(text == flight.text, "\(name)")
            }
            opened += 1
            arrived.append(flight)
        }

        private mutating func receive(_ bytes: [UInt8]) throws -> [UInt8]? {
            do throws(RatchetError) {
                return try meeting.tern.receive(bytes, meeting.version)
            } catch {
                Issue.record("\(name): \(error)")
                return nil
            }
        }

        mutating func dropAny() {
            _ = takeAny()
        }

        mutating func repeatAny() throws {
            guard !arrived.isEmpty else { return }
            let flight = arrived[Int(entropy.number(below: UInt32(arrived.count)))]
            if flight.fromTern {
                let text = try meeting.peer.open(flight.bytes)
                #expect(text == nil, "\(name)")
            } else {
                refuse(flight.bytes, [.duplicate, .unauthentic])
            }
        }

        /// Flips a bit of a message on its way or of one that arrived; the message itself stays where it is.
        mutating func tamperAny() throws {
            let candidates = underway + arrived
            guard !candidates.isEmpty else { return }
            let flight = candidates[Int(entropy.number(below: UInt32(candidates.count)))]
            var bytes = flight.bytes
            let bit = Int(entropy.number(below: UInt32(bytes.count * 8)))
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            if flight.fromTern {
                // A key of small order may be refused by an error here.
                let text = try? meeting.peer.open(bytes)
                #expect(text == nil, "\(name)")
            } else {
                refuse(bytes, nil)
            }
        }

        private mutating func refuse(_ bytes: [UInt8], _ expected: [RatchetError]?) {
            let before = meeting.tern.snapshot()
            let error = meeting.tern.refusal(bytes, meeting.version)
            let after = meeting.tern.snapshot()
            #expect(error != nil, "\(name)")
            #expect(before == after, "\(name)")
            if let expected, let error { #expect(expected.contains(error), "\(name)") }
            refused += 1
        }

        mutating func restart() throws {
            let before = meeting.tern.snapshot()
            try meeting.restart()
            let after = meeting.tern.snapshot()
            #expect(before == after, "\(name)")
        }

        /// All that is underway arrives; then both understand each other, in turns.
        mutating func settle() throws {
            while let flight = takeAny() { try deliver(flight) }
            if meeting.tern.hasReceived || meeting.tern.canSend, !meeting.peer.canSend { try meeting.ternToPeer() }
            for _ in 0..<3 {
                try meeting.peerToTern()
                try meeting.ternToPeer()
            }
            for flight in arrived where !flight.fromTern { refuse(flight.bytes, [.duplicate, .unauthentic]) }
        }
    }

    @Test(arguments: Version.allCases, 0..<10)
    func schedules(_ version: Version, _ part: Int) throws {
        var opened = 0
        var refused = 0
        for seed in part * 30..<part * 30 + 30 {
            var schedule = try Schedule(version, seed: seed)
            for _ in 0..<80 { try schedule.step() }
            try schedule.settle()
            opened += schedule.opened
            refused += schedule.refused
        }
        #expect(opened > 30 * 15)
        #expect(refused > 30 * 5)
    }
}
