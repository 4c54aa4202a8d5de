// Stored records: every state comes back as it was, and bytes that are not a session's records are refused.

import TernCrypto
import TernOMEMO
import TernRatchet
import Testing

@Suite struct RecordTests {
    enum State: CaseIterable {
        /// Answered, nothing received.
        case awaiting
        /// Started, nothing sent.
        case starting
        /// Started and sent, nothing received.
        case started
        /// Received, not answered.
        case owed
        case sending
        /// Five retired chains, each with a spare and a skipped key, one spare used.
        case retired
        /// Holes among the skipped keys.
        case skipped
        /// Sent before, and never again.
        case listening
        /// Never sent again, and nothing to turn to.
        case silent
    }

    private func meeting(_ version: Version, _ state: State) throws -> Meeting {
        var meeting = try Meeting(version, seed: 8000, ternInitiates: state != .awaiting)
        if state == .started { _ = try meeting.ternSeals([1]) }
        guard state != .awaiting, state != .starting, state != .started else { return meeting }
        try meeting.ternToPeer()
        try meeting.peerToTern()
        if state == .sending || state == .listening { try meeting.ternToPeer() }
        if state == .listening || state == .silent { meeting.tern.fallSilent() }
        if state == .retired {
            meeting.peer.counting = .oneLess
            for turn in 0..<6 {
                meeting.peer.lose(1)
                try meeting.peerToTern()
                let last = try meeting.peerSeals()
                try meeting.turn()
                if turn == 3 { _ = try meeting.tern.receive(last, version) }
            }
        }
        if state == .skipped {
            var earlier = meeting.peer
            meeting.peer.lose(9)
            try meeting.peerToTern()
            earlier.lose(2)
            _ = try meeting.tern.receive(try earlier.seal([1]), version)
            earlier.lose(1)
            _ = try meeting.tern.receive(try earlier.seal([1]), version)
        }
        return meeting
    }

    private func read(_ hot: [UInt8], _ cold: [UInt8]) -> RatchetError? {
        failure { () throws(RatchetError) in
            let session = try DoubleRatchet(
                hot: hot.span, cold: cold.span, local: [5], suite: { TernRatchet.Suite.omemo(id: $0) })
            // Whatever is read can be written again.
            _ = session.snapshot()
        }
    }

    @Test(arguments: Version.allCases, State.allCases)
    func roundTrip(_ version: Version, _ state: State) throws {
        let meeting = try meeting(version, state)
        let again = try meeting.tern.restarted()
        let (before, after) = (meeting.tern.snapshot(), again.snapshot())
        #expect(before == after)
        let (values, valuesAgain) = (meeting.tern.inspect(), again.inspect())
        #expect(values == valuesAgain)
        #expect(before.hot.count <= 83)
        let canSend = (meeting.tern.canSend, again.canSend)
        #expect(canSend.0 == canSend.1)
        #expect(canSend.0 == ![.awaiting, .listening, .silent].contains(state))
        let (parties, partiesAgain) = (meeting.tern.parties, again.parties)
        #expect(parties == partiesAgain)
        #expect(meeting.tern.suite === again.suite)
    }

    @Test(arguments: Version.allCases, State.allCases)
    func otherLengths(_ version: Version, _ state: State) throws {
        let snapshot = try meeting(version, state).tern.snapshot()
        let (hot, cold) = (snapshot.hot, snapshot.cold)
        #expect(read(hot, cold) == nil)
        for count in hot.indices { #expect(read(Array(hot[..<count]), cold) == .malformedRecord, "hot \(count)") }
        for count in cold.indices { #expect(read(hot, Array(cold[..<count])) == .malformedRecord, "cold \(count)") }
        for byte in [0, 1, 0xff] as [UInt8] {
            #expect(read(hot + [byte], cold) == .malformedRecord)
            #expect(read(hot, cold + [byte]) == .malformedRecord)
        }
        #expect(read(cold, hot) != nil)
    }

    /// Reads records and then does with the session all that can be done.
    private func use(_ hot: [UInt8], _ cold: [UInt8], _ messages: [[UInt8]], _ version: Version) -> RatchetError? {
        var session: DoubleRatchet
        do throws(RatchetError) {
            session = try DoubleRatchet(
                hot: hot.span, cold: cold.span, local: [5], suite: { TernRatchet.Suite.omemo(id: $0) })
        } catch {
            return error
        }
        for message in messages { _ = failure { () throws(RatchetError) in _ = try session.receive(message, version) } }
        var keys = FreshKeyPairs(SeededEntropy(8300))
        _ = failure { () throws(RatchetError) in _ = try version.seal([1].span, with: &session, keys: &keys) }
        _ = session.snapshot()
        return nil
    }

    /// A damaged record is refused or is another session's; it never stops the process, then or later.
    @Test(arguments: Version.allCases, State.allCases)
    func damage(_ version: Version, _ state: State) throws {
        var meeting = try meeting(version, state)
        let (hot, cold) = (meeting.tern.hotRecord().exposed(), meeting.tern.coldRecord().exposed())
        var messages: [[UInt8]] = []
        if meeting.peer.canSend { messages.append(try meeting.peerSeals()) }
        if meeting.tern.canSend, meeting.peer.canSend {
            try meeting.ternToPeer()
            messages.append(try meeting.peerSeals())
        }
        for bit in 0..<hot.count * 8 {
            var damaged = hot
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            let error = use(damaged, cold, messages, version)
            if bit < 5 * 8 { #expect(error != nil, "hot \(bit)") }
        }
        for bit in 0..<cold.count * 8 {
            var damaged = cold
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            let error = use(hot, damaged, messages, version)
            if bit < 8 || (16..<48).contains(bit) { #expect(error != nil, "cold \(bit)") }
        }
        // Every run of four bytes at its largest, in both at once where they have to agree.
        for place in 0..<hot.count - 3 {
            var damaged = hot
            damaged.replaceSubrange(place..<place + 4, with: [0xff, 0xff, 0xff, 0xff])
            _ = use(damaged, cold, messages, version)
        }
        for place in 0..<cold.count - 3 {
            var damaged = cold
            damaged.replaceSubrange(place..<place + 4, with: [0xff, 0xff, 0xff, 0xff])
            _ = use(hot, damaged, messages, version)
        }
    }

    /// The cold record from before a spare key was used would bring the key back.
    @Test(arguments: Version.allCases)
    func recordsOfTwoTimes(_ version: Version) throws {
        let (box, message) = try CommitTests.meeting(version, .spare)
        let before = box.meeting.tern.snapshot()
        _ = try box.meeting.tern.receive(message, version)
        let after = box.meeting.tern.snapshot()
        #expect(before.cold != after.cold)
        #expect(read(after.hot, before.cold) == .malformedRecord)
        #expect(read(before.hot, after.cold) == .malformedRecord)
        #expect(read(after.hot, after.cold) == nil)
    }

    /// The generation only has to differ from the one before: the last one is followed by the first.
    @Test(arguments: Version.allCases)
    func generationsWrap(_ version: Version) throws {
        var meeting = try meeting(version, .owed)
        var (hot, cold) = (meeting.tern.hotRecord().exposed(), meeting.tern.coldRecord().exposed())
        for place in 0..<4 {
            hot[1 + place] = 0xff
            cold[2 + place] = 0xff
        }
        let local = meeting.tern.parties.local
        meeting.tern = try DoubleRatchet(
            hot: hot.span, cold: cold.span, local: local, suite: { TernRatchet.Suite.omemo(id: $0) })
        try meeting.turn()
        try meeting.restart()
        try meeting.turn()
    }

    @Test(arguments: Version.allCases)
    func versions(_ version: Version) throws {
        let snapshot = try meeting(version, .sending).tern.snapshot()
        let (hot, cold) = (Array(snapshot.hot.dropFirst()), Array(snapshot.cold.dropFirst()))
        for later in [2, 3, 0xff] as [UInt8] {
            #expect(read([later] + hot, [1] + cold) == .unsupportedRecord(version: later))
        }
        for later in [3, 0xff] as [UInt8] {
            #expect(read([1] + hot, [later] + cold) == .unsupportedRecord(version: later))
        }
        // the second format is that of sessions that send nothing any more
        #expect(read([1] + hot, [2] + cold) == .malformedRecord)
        let silent = try meeting(version, .listening).tern.snapshot()
        #expect(read(silent.hot, silent.cold) == nil)
        #expect(read(silent.hot, [1] + silent.cold.dropFirst()) == .malformedRecord)
        #expect(read([0] + hot, [1] + cold) == .malformedRecord)
        #expect(read([1] + hot, [0] + cold) == .malformedRecord)
        for suite in [0, 3, 0xff] as [UInt8] {
            #expect(read([1] + hot, [1, suite] + cold.dropFirst()) == .malformedRecord)
        }
    }

    /// Halves of two moments between which the ratchet has turned do not fit.
    @Test(arguments: Version.allCases)
    func generations(_ version: Version) throws {
        var meeting = try meeting(version, .owed)
        var moments = [meeting.tern.snapshot()]
        for _ in 0..<3 {
            try meeting.ternToPeer()
            moments.append(meeting.tern.snapshot())
            try meeting.peerToTern()
            moments.append(meeting.tern.snapshot())
        }
        for (first, hot) in moments.enumerated() {
            for (second, cold) in moments.enumerated() {
                let expected: RatchetError? = first == second ? nil : .malformedRecord
                #expect(read(hot.hot, cold.cold) == expected, "\(first), \(second)")
            }
        }
    }

    /// What a message in a chain changes is in the hot record alone.
    @Test(arguments: Version.allCases)
    func changes(_ version: Version) throws {
        var meeting = try meeting(version, .sending)
        let before = meeting.tern.snapshot()
        try meeting.ternToPeer()
        let sent = meeting.tern.snapshot()
        #expect(sent.cold == before.cold)
        #expect(sent.hot != before.hot)
        try meeting.peerToTern()
        let turned = meeting.tern.snapshot()
        try meeting.peerToTern()
        let received = meeting.tern.snapshot()
        #expect(turned.cold != sent.cold)
        #expect(received.cold == turned.cold)
        #expect(received.hot != turned.hot)
    }

    @Test(arguments: Version.allCases)
    func skippedKeys(_ version: Version) throws {
        let meeting = try meeting(version, .skipped)
        var empty = try meeting.tern.restarted()
        let indices = try #require(meeting.tern.skippedRanges.first?.indices)
        let count = indices.count
        var names = FreshKeyPairs(SeededEntropy(8_300))
        func restore(_ keys: [UInt8]) -> RatchetError? {
            let range = SkippedRange(names.next().publicKey, indices)
            return failure { () throws(RatchetError) in try empty.restoreSkipped(range, keys: keys.span) }
        }
        for keys in [
            [], [UInt8](repeating: 1, count: count * 32 - 1), [UInt8](repeating: 1, count: count * 32 + 32),
            [UInt8](repeating: 0, count: count * 32),
        ] {
            let error = restore(keys)
            #expect(error == .malformedRecord, "\(keys.count)")
        }
        let full = [UInt8](repeating: 1, count: count * 32)
        for _ in 0..<(Limits.keptKeys - empty.skippedCount) / count {
            let error = restore(full)
            #expect(error == nil)
        }
        let error = restore(full)
        #expect(error == .malformedRecord)
    }
}
