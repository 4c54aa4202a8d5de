// Peers that count their previous chain in ways of their own. Every set of messages may be late when the chain ends.

import TernCrypto
import TernOMEMO
import TernRatchet
import Testing

@Suite struct PreviousLengthTests {
    /// A chain of five, of which `early` arrive before the chain ends and the rest after it.
    private func exchange(_ version: Version, _ counting: Textbook.Counting, early: Int, restarting: Bool) throws {
        let name: Comment = "\(version), \(counting), early \(String(early, radix: 2)), restarting \(restarting)"
        var meeting = try Meeting(version, seed: 5000 + early, ternInitiates: true)
        meeting.peer.counting = counting
        try meeting.ternToPeer()
        var messages: [[UInt8]] = []
        for _ in 0..<5 { messages.append(try meeting.peerSeals()) }
        var highest = -1
        for (index, message) in messages.enumerated() where early >> index & 1 == 1 {
            _ = try meeting.tern.receive(message, version)
            highest = index
        }
        try meeting.turn()
        if restarting { try meeting.restart() }
        // Of a chain that is said to be shorter than it was, what came last is lost, and nothing else.
        let isTold = counting == .count || counting == .oneLess || counting == .tooMany
        for (index, message) in messages.enumerated() where early >> index & 1 == 0 {
            let before = meeting.tern.snapshot()
            let refusal = meeting.tern.refusal(message, version)
            guard isTold || index < highest else {
                let after = meeting.tern.snapshot()
                #expect(refusal == .unauthentic, name)
                #expect(before == after, name)
                continue
            }
            #expect(refusal == nil, name)
            guard refusal == nil else { continue }
            _ = try meeting.tern.receive(message, version)
            if restarting { try meeting.restart() }
            let repeated = meeting.tern.refusal(message, version)
            #expect(repeated == .duplicate, name)
        }
        for (index, message) in messages.enumerated() where early >> index & 1 == 1 {
            let repeated = meeting.tern.refusal(message, version)
            #expect(repeated == .duplicate, "\(name), message \(index)")
        }
        let kept = meeting.tern.skippedCount
        if counting != .tooMany { #expect(kept == 0, name) }
        for _ in 0..<3 { try meeting.turn() }
    }

    @Test(arguments: Version.allCases, Textbook.Counting.allCases)
    func lateMessages(_ version: Version, _ counting: Textbook.Counting) throws {
        for early in 1..<32 {
            try exchange(version, counting, early: early, restarting: false)
            try exchange(version, counting, early: early, restarting: true)
        }
    }

    /// What is told beyond the bound on steps is given up; the session goes on.
    @Test(arguments: Version.allCases)
    func hostileLengths(_ version: Version) throws {
        let limit = Limits.stepsPerMessage
        for length in [.max, .max - 1, .max / 2, limit + 4, limit + 3] as [UInt32] {
            var meeting = try Meeting(version, seed: 5100, ternInitiates: true)
            try meeting.ternToPeer()
            try meeting.peerToTern()
            let skipped = try meeting.peerSeals()
            try meeting.peerToTern()
            let late = try meeting.peerSeals()
            meeting.peer.lie = length
            try meeting.turn()
            meeting.peer.lie = nil
            let (skippedRefusal, lateRefusal) = (
                meeting.tern.refusal(skipped, version), meeting.tern.refusal(late, version)
            )
            #expect(skippedRefusal == nil, "\(length)")
            #expect(lateRefusal == (length == .max ? .unauthentic : .forgotten), "\(length)")
            let kept = meeting.tern.skippedCount
            #expect(kept == 1, "\(length)")
            for _ in 0..<3 { try meeting.turn() }
            try meeting.restart()
            try meeting.turn()
        }
    }

    /// The longest chain that is still walked: the newest keys stay, within the bound, and the spare beside them.
    @Test(arguments: Version.allCases)
    func longestToldChain(_ version: Version) throws {
        var meeting = try Meeting(version, seed: 5200, ternInitiates: true)
        try meeting.ternToPeer()
        try meeting.peerToTern()
        var earlier = meeting.peer
        let length = Limits.stepsPerMessage
        meeting.peer.lose(length - 1)
        try meeting.turn()
        let kept = meeting.tern.skippedCount
        #expect(kept == Limits.keptKeys)
        let cutoff = length - UInt32(Limits.keptKeys)
        var message: [UInt8] = []
        earlier.lose(cutoff - 2)
        for (index, expected) in [(cutoff - 1, RatchetError.forgotten), (cutoff, nil), (cutoff + 1, nil)] {
            message = try earlier.seal([1])
            let refusal = meeting.tern.refusal(message, version)
            #expect(refusal == expected, "\(index)")
        }
        earlier.lose(length - cutoff - 3)
        message = try earlier.seal([1])
        let last = meeting.tern.refusal(message, version)
        #expect(last == nil)
        message = try earlier.seal([1])
        let spare = meeting.tern.refusal(message, version)
        #expect(spare == nil)
        message = try earlier.seal([1])
        let beyond = meeting.tern.refusal(message, version)
        #expect(beyond == .unauthentic)
    }
}
