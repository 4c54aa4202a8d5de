// Conversations that live in a store: durable before anything leaves, whatever dies when.

import Testing

import TernCore
import TernCrypto
import TernOTR

@Suite struct ShelfTests {
    private let stores = [MemoryStore(), MemoryStore()]
    private let accounts: [BareJID]
    private let peers: [JID]

    init() throws {
        accounts = [try BareJID("alice@example.org"), try BareJID("bob@example.org")]
        peers = [try JID("bob@example.org/b"), try JID("alice@example.org/a")]
    }

    /// - Parameter dies: Whether the process dies before the store has it.
    private func perform(
        _ request: OTRRequest, _ side: Int, at time: Timestamp = now, dies: Bool = false
    ) throws -> OTROutcome {
        struct Death: Error {}
        return try stores[side].write { transaction throws(SessionError) in
            let outcome = try OTRShelf.perform(
                request, with: peers[side], of: accounts[side], at: time, in: &transaction)
            if dies { throw .abandoned }
            return outcome
        }
    }

    private func incoming(_ body: String, to side: Int) -> OTRRequest {
        .receive(Incoming(.body(body), from: peers[side], to: JID(accounts[side])))
    }

    private func bodies(_ outcome: OTROutcome) -> [String] {
        outcome.step.outbound.compactMap { if case .body(let body) = $0.payload { body } else { nil } }
    }

    /// Carries messages to and fro until both are silent.
    /// - Returns: What was read.
    @discardableResult
    private func settle(_ outcome: OTROutcome, from side: Int, at time: Timestamp = now) throws -> [String] {
        var waiting = bodies(outcome).map { (to: 1 - side, body: $0) }
        var texts: [String] = []
        while !waiting.isEmpty {
            let next = waiting.removeFirst()
            let read = try perform(incoming(next.body, to: next.to), next.to, at: time)
            if let text = read.step.plaintext?.content.text { texts.append(text) }
            waiting += bodies(read).map { (to: 1 - next.to, body: $0) }
        }
        return texts
    }

    /// Both know each other, and have agreed on keys.
    private func establish() throws {
        try settle(try perform(.start, 0), from: 0)
        try settle(try perform(.start, 1), from: 1)
        #expect(try perform(.poll, 0).phase == .established && perform(.poll, 1).phase == .established)
    }

    @Test("A stranger gets no answer, and what they offer can be taken up")
    func strangers() throws {
        let query = try perform(.start, 0)
        let told = try perform(incoming(try #require(bodies(query).first), to: 1), 1)
        #expect(bodies(told).isEmpty && told.phase == .fresh)
        #expect(told.step.events == [.offered([3])])
        try settle(try perform(.start, 1), from: 1)
        #expect(try perform(.poll, 1).phase == .established)
    }

    @Test("Strangers fill no store")
    func manyStrangers() throws {
        for number in 0..<40 {
            let peer = try JID("mallory@example.org/\(number)")
            let query = OTRRequest.receive(Incoming(.body("?OTRv3?"), from: peer, to: JID(accounts[0])))
            let outcome = try stores[0].write { transaction throws(SessionError) in
                try OTRShelf.perform(query, with: peer, of: accounts[0], at: now, in: &transaction)
            }
            #expect(outcome.step.events == [.offered([3])])
            let plain = try JID("eve\(number)@example.org/x")
            _ = try? stores[0].write { transaction throws(SessionError) in
                try OTRShelf.perform(
                    .receive(Incoming(.body("hello"), from: plain, to: JID(accounts[0]))), with: plain, of: accounts[0],
                    at: now, in: &transaction)
            }
        }
        let (rows, names) = try stores[0].write { transaction throws(StoreError) in
            (try transaction.keys(.otrConversation).count, try transaction.numbers().count)
        }
        #expect(rows == 16 && names == 1)
    }

    @Test("The process dies before every save: no counter is used twice under one key, and nothing is lost")
    func deaths() throws {
        try establish()
        var used: Set<String> = []
        var dice: UInt64 = 7
        for number in 0..<1000 {
            dice = dice &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let side = Int(dice >> 33) % 2
            // as often as it likes: what was computed then was never sent
            for _ in 0..<Int(dice >> 40) % 3 {
                #expect(throws: TransactionError.refused(SessionError.abandoned)) {
                    try perform(.say("lost \(number)"), side, dies: true)
                }
            }
            let said = try perform(.say("said \(number)"), side)
            let body = try #require(bodies(said).first)
            #expect(used.insert(try Self.counter(of: body)).inserted, "\(number)")
            if Int(dice >> 50) % 2 == 0 {
                #expect(throws: TransactionError.refused(SessionError.abandoned)) {
                    try perform(incoming(body, to: 1 - side), 1 - side, dies: true)
                }
            }
            let read = try perform(incoming(body, to: 1 - side), 1 - side)
            #expect(read.step.plaintext?.content.text == "said \(number)")
            for body in bodies(read) { #expect(used.insert(try Self.counter(of: body)).inserted) }
            let again = try perform(incoming(body, to: 1 - side), 1 - side)
            #expect(again.isRepeated && again.step.plaintext?.content.text == "said \(number)")
            let receipt = try #require(read.receipt)
            try stores[1 - side].write { transaction throws(SessionError) in
                try OTRShelf.acknowledge(receipt, in: &transaction)
            }
        }
        #expect(used.count >= 1000)
    }

    @Test("A conversation in which nothing comes for a day is over, and the other end is told")
    func expiry() throws {
        try establish()
        let later = Timestamp(milliseconds: now.milliseconds + OTRShelf.lifetime)
        let before = Timestamp(milliseconds: later.milliseconds - 1)
        #expect(try settle(try perform(.say("in time"), 0, at: before), from: 0, at: before) == ["in time"])
        let late = try perform(.poll, 0, at: later)
        #expect(late.phase == .ended)
        let end = try #require(bodies(late).first)
        #expect(try perform(incoming(end, to: 1), 1, at: later).step.events == [.endedByPeer])
        #expect(throws: TransactionError.refused(SessionError.ended)) { try perform(.say("late"), 0, at: later) }
    }

    @Test("Another key is loud, and nothing passes before a person has accepted it")
    func changedKey() throws {
        try establish()
        let accepted = try #require(try perform(.poll, 0).peerKey?.key)
        let other = OTRIdentity(
            key: try OTRPrivateKey.generate(for: accounts[1]), tag: try #require(InstanceTag(0x1234_5678)))
        try stores[1].write { transaction throws(SessionError) in try OTRShelf.save(other, in: &transaction) }
        _ = try perform(.end, 1)
        _ = try perform(.end, 0)
        var events: [Event] = []
        var waiting = bodies(try perform(.start, 1)).map { (to: 0, body: $0) }
        while !waiting.isEmpty {
            let next = waiting.removeFirst()
            let read = try perform(incoming(next.body, to: next.to), next.to)
            if next.to == 0 { events += read.step.events }
            waiting += bodies(read).map { (to: 1 - next.to, body: $0) }
        }
        #expect(events.contains(.keyChanged(accepted: accepted, now: other.key.fingerprint)))
        #expect(throws: TransactionError.refused(SessionError.untrusted)) { try perform(.say("no"), 0) }
        try stores[0].write { transaction throws(SessionError) in
            var settings = try OTRShelf.settings(of: peers[0].bare, in: transaction) ?? OTRPeerSettings()
            #expect(settings.key == accepted)
            (settings.key, settings.trust) = (other.key.fingerprint, .firstUse)
            try OTRShelf.save(settings, of: peers[0].bare, in: &transaction)
        }
        #expect(try settle(try perform(.say("yes"), 0), from: 0) == ["yes"])
    }

    /// Each program of somebody has a key: who was accepted stays so when another one speaks, and who was refused stays out.
    @Test("Several programs of one account, each with its own key")
    func severalKeys() throws {
        try establish()
        let first = try #require(try perform(.poll, 0).peerKey?.key)
        func change(_ body: (inout OTRPeerSettings) throws(SessionError) -> Void) throws {
            try stores[0].write { transaction throws(SessionError) in
                var settings = try OTRShelf.settings(of: peers[0].bare, in: transaction) ?? OTRPeerSettings()
                try body(&settings)
                try OTRShelf.save(settings, of: peers[0].bare, in: &transaction)
            }
        }
        /// Bob goes on with another key, and gives what Alice was told.
        func meet(as identity: OTRIdentity) throws -> [Event] {
            _ = try perform(.end, 1)
            _ = try perform(.end, 0)
            try stores[1].write { transaction throws(SessionError) in try OTRShelf.save(identity, in: &transaction) }
            var events: [Event] = []
            var waiting = bodies(try perform(.start, 1)).map { (to: 0, body: $0) }
            while !waiting.isEmpty {
                let next = waiting.removeFirst()
                let read = try perform(incoming(next.body, to: next.to), next.to)
                if next.to == 0 { events += read.step.events }
                waiting += bodies(read).map { (to: 1 - next.to, body: $0) }
            }
            return events
        }
        let home = try stores[1].write { transaction throws(SessionError) in
            try OTRShelf.identity(of: accounts[1], in: &transaction)
        }
        let work = OTRIdentity(
            key: try OTRPrivateKey.generate(for: accounts[1]), tag: try #require(InstanceTag(0x1234_5678)))
        let second = work.key.fingerprint
        try change { settings throws(SessionError) in try settings.accept(first, trust: .verified) }
        #expect(try meet(as: work).contains(.keyChanged(accepted: first, now: second)))
        try change { settings throws(SessionError) in try settings.accept(second, trust: .firstUse) }
        #expect(try settle(try perform(.say("at work"), 0), from: 0) == ["at work"])
        // back home, and to work again: nobody is asked, and trust is each key's own
        #expect(try meet(as: home).contains(.established(first)))
        #expect(try perform(.poll, 0).peerKey.map { $0 == (first, .verified) } == true)
        #expect(try settle(try perform(.say("at home"), 0), from: 0) == ["at home"])
        #expect(try settle(try perform(.say("I am"), 1), from: 1) == ["I am"])
        #expect(try meet(as: work).contains(.established(second)))
        #expect(try perform(.poll, 0).peerKey.map { $0 == (second, .firstUse) } == true)
        // the key of a stolen program is refused, in the conversation that goes on and in the next
        try change { settings throws(SessionError) in try settings.distrust(second) }
        #expect(throws: TransactionError.refused(SessionError.untrusted)) { try perform(.say("no"), 0) }
        let stolen = try #require(bodies(try perform(.say("it is me"), 1)).first)
        let refused = try perform(incoming(stolen, to: 0), 0)
        #expect(refused.step.plaintext == nil && refused.step.failure == .untrusted)
        #expect(try meet(as: work).contains(.keyChanged(accepted: first, now: second)))
        // also where no other key is known
        try change { settings throws(SessionError) in try settings.distrust(first) }
        #expect(try meet(as: work).contains(.keyChanged(accepted: second, now: second)))
        #expect(throws: TransactionError.refused(SessionError.untrusted)) { try perform(.say("no"), 0) }
    }

    /// The keys of a data message, and its counter: version, type, tags and flags before, a number between.
    private static func counter(of body: String) throws -> String {
        let text = try #require(body.split(separator: ":").last).dropLast()
        let bytes = try Base64.decode(String(text))
        let ids = Array(bytes[12..<20])
        let length = bytes[20..<24].reduce(0) { $0 << 8 | Int($1) }
        let counter = Array(bytes[(24 + length)..<(32 + length)])
        return "\(bytes[3..<7]) \(ids) \(counter)"
    }
}
