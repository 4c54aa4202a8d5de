// Records and kept keys that no session writes, but that its reader would take: refused where they can be told.

import TernCrypto
import TernOMEMO
import TernRatchet
import Testing

@Suite struct HostileRecordTests {
    /// Where the fields of a cold record stand.
    private struct Places {
        let identity: Int
        let turn: Int
        let remote: Int
        let retired: Int

        init(_ version: Version, hasOwnKey: Bool, hasRemote: Bool = true) {
            identity = 7
            turn = identity + 1 + (version == .v03 ? 33 : 32) + 32
            remote = turn + 1 + (hasOwnKey ? 64 : 0)
            retired = remote + (hasRemote ? 33 : 1) + 4
        }
    }

    private func read(_ hot: [UInt8], _ cold: [UInt8]) -> RatchetError? {
        failure { () throws(RatchetError) in
            _ = try DoubleRatchet(
                hot: hot.span, cold: cold.span, local: [5], suite: { TernRatchet.Suite.omemo(id: $0) })
        }
    }

    /// Who owes an answer knows the other side's key; who waits for the first message does not, and has received nothing.
    @Test(arguments: Version.allCases)
    func turnsWithoutTheirKeys(_ version: Version) throws {
        let awaiting = try Meeting(version, seed: 8_500, ternInitiates: false).tern.snapshot()
        var meeting = try Meeting(version, seed: 8_501, ternInitiates: true)
        let starting = meeting.tern.snapshot()
        try meeting.turn()
        let owed = meeting.tern.snapshot()
        try meeting.ternToPeer()
        let sending = meeting.tern.snapshot()
        for snapshot in [starting, owed, sending] {
            let places = Places(version, hasOwnKey: snapshot == sending)
            #expect(snapshot.cold[places.remote] == 1)
            let before = snapshot.cold[..<places.remote]
            let without = before + [0] + snapshot.cold[(places.remote + 33)...]
            #expect(read(snapshot.hot, Array(without)) == .malformedRecord)
        }
        let places = Places(version, hasOwnKey: true)
        let key = owed.cold[Places(version, hasOwnKey: false).remote...].prefix(33)
        let withRemote = awaiting.cold[..<places.remote] + key + awaiting.cold[(places.remote + 1)...]
        #expect(read(awaiting.hot, Array(withRemote)) == .malformedRecord)
        let received = Array(awaiting.hot.dropLast() + owed.hot.suffix(41))
        #expect(read(received, awaiting.cold) == .malformedRecord)
    }

    @Test(arguments: Version.allCases)
    func identitiesOfAnotherLength(_ version: Version) throws {
        let snapshot = try Meeting(version, seed: 8_510, ternInitiates: true).tern.snapshot()
        let place = Places(version, hasOwnKey: false).identity
        let count = Int(snapshot.cold[place])
        for other in [0, 31, count - 1, count + 1, 255] {
            let identity = [UInt8](repeating: 5, count: other)
            let cold = snapshot.cold[..<place] + [UInt8(other)] + identity + snapshot.cold[(place + 1 + count)...]
            #expect(read(snapshot.hot, Array(cold)) == .malformedRecord, "\(other)")
        }
    }

    /// A chain begins with a message that was read, and forgets only what is behind it.
    @Test(arguments: Version.allCases)
    func countersThatContradict(_ version: Version) throws {
        var meeting = try Meeting(version, seed: 8_520, ternInitiates: true)
        for _ in 0..<3 { try meeting.turn() }
        let snapshot = meeting.tern.snapshot()
        let none: [UInt8] = [0, 0, 0, 0]
        let all: [UInt8] = [0xff, 0xff, 0xff, 0xff]
        for counters in [none + none, [0, 0, 0, 1, 0, 0, 0, 1], [0, 0, 0, 1] + all] {
            #expect(read(snapshot.hot.dropLast(8) + counters, snapshot.cold) == .malformedRecord)
        }
        #expect(read(snapshot.hot.dropLast(8) + all + none, snapshot.cold) == nil)
        let chain = Places(version, hasOwnKey: false).retired + 1 + 8
        for counters in [none + none, [0, 0, 0, 1, 0, 0, 0, 2], [0, 0, 0, 1] + all] {
            var cold = snapshot.cold
            cold.replaceSubrange(chain..<chain + 8, with: counters)
            #expect(read(snapshot.hot, cold) == .malformedRecord)
        }
        var cold = snapshot.cold
        #expect(cold[chain + 8] == 1)
        cold.replaceSubrange(chain + 9..<chain + 41, with: [UInt8](repeating: 0, count: 32))
        #expect(read(snapshot.hot, cold) == .malformedRecord, "a spare that was used is not written as one")
    }

    /// A message has one key: kept ones do not overlap, nor does a chain still lead to them.
    @Test(arguments: Version.allCases)
    func messagesWithTwoKeys(_ version: Version) throws {
        var meeting = try Meeting(version, seed: 8_540, ternInitiates: true)
        try meeting.turn()
        let message = try meeting.peerSeals()
        meeting.peer.lose(3)
        try meeting.peerToTern()
        let range = try #require(meeting.tern.skippedRanges.first)
        #expect(range.indices == 1..<5)
        func refusal(_ indices: Range<UInt32>, _ session: inout DoubleRatchet) -> RatchetError? {
            let keys = [UInt8](repeating: 1, count: indices.count * 32)
            return failure { () throws(RatchetError) in
                try session.restoreSkipped(SkippedRange(range.ratchetKey, indices), keys: keys.span)
            }
        }
        var session = try meeting.tern.restarted()
        let overlapping = [range.indices, 0..<2, 4..<5, 0..<6].map { refusal($0, &session) }
        #expect(overlapping == [.malformedRecord, .malformedRecord, .malformedRecord, .malformedRecord])
        let reachable = [6..<7, 5..<7, 100..<200].map { refusal($0, &session) }
        #expect(reachable == [.malformedRecord, .malformedRecord, .malformedRecord])
        let behind = refusal(0..<1, &session)
        #expect(behind == nil)
        _ = try session.receive(message, version)
        let repeated = session.refusal(message, version)
        #expect(repeated == .duplicate)
    }
}
