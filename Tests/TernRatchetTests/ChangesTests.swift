// What a step says is to be stored: with nothing else written, the session comes back as it was in memory.

import TernCrypto
import TernOMEMO
import TernRatchet
import Testing

@Suite struct ChangesTests {
    /// Opens and stores; the message has to open.
    private func receive(_ message: [UInt8], _ meeting: inout Meeting, _ shelf: inout Shelf) throws -> RatchetChanges {
        let opened = try meeting.version.open(message.span, with: meeting.tern)
        let changes = meeting.tern.commit(opened).changes
        try shelf.write(changes, of: meeting.tern)
        return changes
    }

    private func send(_ meeting: inout Meeting, _ shelf: inout Shelf) throws {
        let text = meeting.text()
        let (message, sent) = try meeting.version.seal(text.span, with: &meeting.tern, keys: &meeting.keys)
        try shelf.write(sent.changes, of: meeting.tern)
        let opened = try meeting.peer.open(message)
        #expect(opened == text)
    }

    /// Long gaps, late messages of any chain and turns, with the bound on kept keys reached again and again.
    @Test(arguments: Version.allCases, 0..<6)
    func storedAsTold(_ version: Version, _ seed: Int) throws {
        var entropy = SeededEntropy(seed + 7_000)
        var meeting = try Meeting(version, seed: seed + 7_000, ternInitiates: seed % 2 == 0)
        meeting.peer.counting = seed % 3 == 0 ? .oneLess : .count
        var shelf = Shelf(meeting.tern)
        var late: [[UInt8]] = []
        if meeting.tern.canSend { try send(&meeting, &shelf) }
        for step in 0..<60 {
            switch entropy.number(below: 6) {
            case 0:
                late.append(try meeting.peerSeals())
                meeting.peer.lose(entropy.number(below: 700))
                late.append(try meeting.peerSeals())
            case 1, 2:
                let message = try meeting.peerSeals()
                _ = try receive(message, &meeting, &shelf)
            case 3 where meeting.tern.canSend:
                try send(&meeting, &shelf)
            default:
                guard !late.isEmpty else { continue }
                let message = late.remove(at: Int(entropy.number(below: UInt32(late.count))))
                guard meeting.tern.refusal(message, version) == nil else { continue }
                _ = try receive(message, &meeting, &shelf)
            }
            guard step % 4 == 3 else { continue }
            let (told, held) = (try shelf.contents(), Shelf.Contents(meeting.tern))
            #expect(told == held, "\(version), seed \(seed), step \(step)")
            guard told == held else { return }
            if entropy.number(below: 2) == 0 { meeting.tern = try shelf.read() }
        }
    }

    /// A gap in the current chain takes keys from one that has ended. That a message of it may be lost, and was not read,
    /// is still known after a restart: only what was read may be dropped without a word.
    @Test(arguments: Version.allCases)
    func lostKeysOfAnEndedChain(_ version: Version) throws {
        var meeting = try Meeting(version, seed: 7_100, ternInitiates: true)
        var shelf = Shelf(meeting.tern)
        try send(&meeting, &shelf)
        let lost = try meeting.peerSeals()
        meeting.peer.lose(600)
        _ = try receive(meeting.peerSeals(), &meeting, &shelf)
        try send(&meeting, &shelf)
        _ = try receive(meeting.peerSeals(), &meeting, &shelf)
        meeting.peer.lose(600)
        let changes = try receive(meeting.peerSeals(), &meeting, &shelf)
        #expect(changes.cold)
        #expect(changes.evicted.map(\.indices) == [0..<201])
        let restarted = try shelf.read()
        let refusals = (meeting.tern.refusal(lost, version), restarted.refusal(lost, version))
        #expect(refusals == (.forgotten, .forgotten))
    }
}
