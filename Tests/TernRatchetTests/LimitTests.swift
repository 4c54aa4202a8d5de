// The bounds on skipped keys and steps, and what a session still knows about messages beyond them.

import TernCrypto
import TernOMEMO
import TernRatchet
import Testing

@Suite struct LimitTests {
    /// The oldest keys go first, over chains and restarts; a model of plain numbers tells which are left.
    @Test(arguments: Version.allCases)
    func firstInFirstOut(_ version: Version) throws {
        var meeting = try Meeting(version, seed: 6000, ternInitiates: true)
        try meeting.ternToPeer()
        var messages: [[UInt8]] = []
        var kept: [Int] = []
        var missing: [Int] = []
        for (turn, gaps) in [[400, 300], [250], [500, 1], [350]].enumerated() {
            for gap in gaps {
                let first = messages.count
                for _ in 0..<gap { messages.append(try meeting.peerSeals()) }
                kept += first..<messages.count
                missing += first..<messages.count
                try meeting.peerToTern()
                kept.removeFirst(max(0, kept.count - Limits.keptKeys))
                // Some of them arrive after all.
                for index in [first + gap / 2, first + gap / 3] {
                    guard let place = kept.firstIndex(of: index) else { continue }
                    _ = try meeting.tern.receive(messages[index], version)
                    kept.remove(at: place)
                    missing.removeAll { $0 == index }
                }
                let count = meeting.tern.skippedCount
                #expect(count <= Limits.keptKeys)
            }
            if turn % 2 == 1 { try meeting.restart() }
            try meeting.ternToPeer()
        }
        let left = Set(kept)
        for index in missing {
            let refusal = meeting.tern.refusal(messages[index], version)
            #expect(refusal == (left.contains(index) ? nil : .forgotten), "message \(index)")
        }
        for index in kept.reversed() { _ = try meeting.tern.receive(messages[index], version) }
        let count = meeting.tern.skippedCount
        #expect(count == 0)
        for index in kept {
            let refusal = meeting.tern.refusal(messages[index], version)
            #expect(refusal == .duplicate || refusal == .forgotten)
        }
        try meeting.turn()
    }

    @Test(arguments: Version.allCases, [1_000, 1_001, 2_500, 10_000] as [UInt32])
    func longGaps(_ version: Version, _ gap: UInt32) throws {
        for turning in [false, true] {
            var meeting = try Meeting(version, seed: 6100, ternInitiates: true)
            try meeting.ternToPeer()
            try meeting.peerToTern()
            if turning { try meeting.ternToPeer() }
            let start = meeting.peer.sent
            let earlier = meeting.peer
            meeting.peer.lose(gap)
            try meeting.peerToTern()
            try meeting.restart()
            let count = meeting.tern.skippedCount
            #expect(count == Limits.keptKeys)
            for index in [0, gap &- 1_001, gap - 1_000, gap - 999, gap - 1, gap] where index <= gap {
                var sender = earlier
                sender.lose(index)
                let refusal = meeting.tern.refusal(try sender.seal([1]), version)
                let expected: RatchetError? = index == gap ? .duplicate : index >= gap - 1_000 ? nil : .forgotten
                #expect(refusal == expected, "\(start) + \(index)")
            }
            for _ in 0..<3 { try meeting.turn() }
        }
    }

    /// Beyond the bound nothing is computed and nothing changes; what comes later is still understood.
    @Test(arguments: Version.allCases)
    func tooFarAhead(_ version: Version) throws {
        for turning in [false, true] {
            var meeting = try Meeting(version, seed: 6200, ternInitiates: true)
            try meeting.ternToPeer()
            try meeting.peerToTern()
            if turning { try meeting.ternToPeer() }
            let before = meeting.tern.snapshot()
            var far = meeting.peer
            far.lose(Limits.stepsPerMessage + 1)
            let refusal = meeting.tern.refusal(try far.seal([1]), version)
            #expect(refusal == .tooFarAhead(Limits.stepsPerMessage + 1))
            let next: UInt32 = turning ? 0 : 1
            let forged = Spelling(version).forged(
                Textbook.Header(ratchetKey: meeting.peer.ownPublic, index: .max, previousLength: .max))
            let duration = ContinuousClock().measure {
                for _ in 0..<100 {
                    let refusal = meeting.tern.refusal(forged, version)
                    #expect(refusal == .tooFarAhead(.max - next))
                }
            }
            #expect(duration < .milliseconds(500))
            let after = meeting.tern.snapshot()
            #expect(before == after)
            for _ in 0..<3 { try meeting.turn() }
        }
    }

    /// The last numbers of all are refused wherever they are claimed, in every state.
    @Test(arguments: Version.allCases, [false, true])
    func lastNumbers(_ version: Version, _ ternInitiates: Bool) throws {
        var meeting = try Meeting(version, seed: 6300, ternInitiates: ternInitiates)
        let own = meeting.tern.inspect().remote
        for _ in 0..<4 {
            let before = meeting.tern.snapshot()
            for index in [.max, .max - 1] as [UInt32] {
                for key in [meeting.peer.ownPublic, own ?? [], [9] + [UInt8](repeating: 0, count: 31)]
                where key.count == 32 {
                    let header = Textbook.Header(ratchetKey: key, index: index, previousLength: 0)
                    let refusal = meeting.tern.refusal(Spelling(version).forged(header), version)
                    #expect(refusal != nil)
                }
            }
            let after = meeting.tern.snapshot()
            #expect(before == after)
            if meeting.tern.canSend { try meeting.ternToPeer() }
            try meeting.peerToTern()
        }
    }

    /// Repetitions are told from forgeries in the current chain and the last five; older chains are unknown.
    @Test(arguments: Version.allCases, [false, true])
    func repetitions(_ version: Version, _ restarting: Bool) throws {
        var meeting = try Meeting(version, seed: 6400, ternInitiates: true)
        try meeting.ternToPeer()
        var chains: [[[UInt8]]] = []
        for _ in 0..<8 {
            var messages: [[UInt8]] = []
            for _ in 0..<3 { messages.append(try meeting.peerSeals()) }
            _ = try meeting.tern.receive(messages[0], version)
            _ = try meeting.tern.receive(messages[2], version)
            chains.append(messages)
            if chains.count < 8 { try meeting.ternToPeer() }
        }
        if restarting { try meeting.restart() }
        for (number, messages) in chains.enumerated() {
            let known = number >= 7 - Limits.retiredChains
            let repeated: RatchetError = known ? .duplicate : .unauthentic
            for index in [0, 2] {
                let refusal = meeting.tern.refusal(messages[index], version)
                #expect(refusal == repeated, "chain \(number), message \(index)")
            }
            _ = try meeting.tern.receive(messages[1], version)
            if restarting { try meeting.restart() }
            let refusal = meeting.tern.refusal(messages[1], version)
            #expect(refusal == repeated, "chain \(number)")
            // A number that the chain never had.
            guard let header = Spelling(version).read(messages[0])?.header else { continue }
            let beyond = Textbook.Header(ratchetKey: header.ratchetKey, index: 3, previousLength: 0)
            let forgery = meeting.tern.refusal(Spelling(version).forged(beyond), version)
            #expect(forgery == .unauthentic, "chain \(number)")
        }
        try meeting.turn()
    }
}
