// A session that has ended sending reads what still comes, and has no key that it could send with.

import TernCrypto
import TernOMEMO
import TernRatchet
import Testing

@Suite struct SilenceTests {
    /// Tern has sent on its open chain; a message of the other side's chain before is missing.
    private func meeting(_ version: Version, seed: Int, _ late: inout [UInt8]) throws -> Meeting {
        var meeting = try Meeting(version, seed: seed, ternInitiates: true)
        try meeting.turn()
        late = try meeting.peerSeals()
        try meeting.peerToTern()
        try meeting.ternToPeer()
        return meeting
    }

    @Test(arguments: Version.allCases)
    func whatStillComesIsRead(_ version: Version) throws {
        var late: [UInt8] = []
        var meeting = try meeting(version, seed: 9100, &late)
        meeting.tern.fallSilent()
        // the rest of a chain, a message that was late, and the other side's next turn
        try meeting.restart()
        _ = try meeting.tern.receive(late, version)
        try meeting.peerToTern()
        try meeting.restart()
        try meeting.peerToTern()
        try meeting.peerToTern()
        let kept = try meeting.peerSeals()
        try meeting.peerToTern()
        try meeting.restart()
        _ = try meeting.tern.receive(kept, version)
        #expect(meeting.tern.refusal(kept, version) == .duplicate)
        let canSend = meeting.tern.canSend
        #expect(!canSend)
    }

    @Test(arguments: Version.allCases)
    func nothingIsSentAnyMore(_ version: Version) throws {
        for turns in 0..<3 {
            var late: [UInt8] = []
            var meeting = try meeting(version, seed: 9200, &late)
            meeting.tern.fallSilent()
            for _ in 0..<turns { try meeting.peerToTern() }
            let before = meeting.tern.snapshot()
            #expect(throws: RatchetError.tooEarly) { try meeting.ternSeals([1]) }
            let after = meeting.tern.snapshot()
            #expect(before == after)
        }
    }

    @Test(arguments: Version.allCases)
    func theKeyOfTheOpenChainIsGone(_ version: Version) throws {
        var late: [UInt8] = []
        var meeting = try meeting(version, seed: 9300, &late)
        let sending = try #require(meeting.tern.inspect().sending)
        let before = meeting.tern.snapshot()
        #expect(contains(before, sending.key))
        meeting.tern.fallSilent()
        let after = meeting.tern.snapshot()
        #expect(!contains(after, sending.key))
        #expect(meeting.tern.inspect().sending == nil)
    }

    @Test(arguments: Version.allCases)
    func silenceIsKept(_ version: Version) throws {
        var late: [UInt8] = []
        var meeting = try meeting(version, seed: 9400, &late)
        meeting.tern.fallSilent()
        try meeting.peerToTern()
        meeting.tern.fallSilent()
        try meeting.restart()
        try meeting.peerToTern()
        let canSend = meeting.tern.canSend
        #expect(!canSend)
    }

    private func contains(_ snapshot: Snapshot, _ key: [UInt8]) -> Bool {
        [snapshot.hot, snapshot.cold].contains { record in
            record.indices.contains { record[$0...].starts(with: key) }
        }
    }
}
