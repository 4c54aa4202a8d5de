// Conversations of OTR in the store, through an account that others use meanwhile.

import Tern
import TernCore
import TernCrypto
import TernOTR
import Testing

@Suite struct AccountOTRTests {
    private static let now = Timestamp(seconds: 1_800_000_000)

    private struct Person {
        let jid: JID
        let account: Account<MemoryStore>
        let gatekeeper = Gatekeeper()

        init(_ name: String, _ number: UInt32) throws {
            jid = try JID("\(name)@example.org/x")
            account = try Account(
                creating: jid.bare, device: try DeviceID(number), at: AccountOTRTests.now, in: MemoryStore())
        }

        func ask(_ request: OTRRequest, _ peer: Person) async throws -> OTROutcome {
            try await account.otr(request, with: peer.jid, at: AccountOTRTests.now, running: gatekeeper.runner).outcome
        }
    }

    private func bodies(_ outcome: OTROutcome) -> [String] {
        outcome.step.outbound.compactMap { if case .body(let body) = $0.payload { body } else { nil } }
    }

    @discardableResult
    private func settle(_ outcome: OTROutcome, _ one: Person, _ other: Person) async throws -> [String] {
        var texts: [String] = []
        for body in bodies(outcome) {
            let next = try await other.ask(.receive(Incoming(.body(body), from: one.jid, to: other.jid)), one)
            if let text = next.step.plaintext?.content.text { texts.append(text) }
            texts += try await settle(next, other, one)
        }
        return texts
    }

    private func meet(_ one: Person, _ other: Person) async throws {
        try await settle(try await one.ask(.start, other), one, other)
        try await settle(try await other.ask(.start, one), other, one)
        #expect(try await one.ask(.poll, other).phase == .established)
    }

    /// Where a data message was encrypted: both keys' numbers and the counter, of version 3.
    private func place(_ body: String) throws -> [UInt8] {
        let raw = try Base64.decode(String(body.dropFirst(5).dropLast()))
        let length = raw[20..<24].reduce(0) { $0 << 8 | Int($1) }
        return Array(raw[12..<20]) + Array(raw[(24 + length)..<(32 + length)])
    }

    @Test func aComparisonHoldsUpNobodyElse() async throws {
        let (alice, bob, carol) = (try Person("alice", 1), try Person("bob", 2), try Person("carol", 3))
        try await meet(alice, bob)
        try await meet(alice, carol)
        alice.gatekeeper.close()
        let slow = Task {
            let secret = SharedSecret(copying: Array("park".utf8))
            return try await alice.ask(.verify(secret, question: nil), bob)
        }
        await alice.gatekeeper.waitForJob()
        // the comparison is not done before this is
        let said = try await alice.ask(.say("beside it"), carol)
        alice.gatekeeper.open()
        #expect(try await settle(said, alice, carol) == ["beside it"])
        let asked = try await slow.value
        #expect(bodies(asked).count == 1)
        #expect(try await settle(asked, alice, bob).isEmpty)
    }

    /// Whoever has gone on with the conversation meanwhile is right: the work is done again.
    @Test func whatIsOvertakenIsDoneAgain() async throws {
        let (alice, bob) = (try Person("alice", 1), try Person("bob", 2))
        try await meet(alice, bob)
        alice.gatekeeper.close()
        let slow = Task {
            let secret = SharedSecret(copying: Array("park".utf8))
            return try await alice.ask(.verify(secret, question: nil), bob)
        }
        await alice.gatekeeper.waitForJob()
        let said = try await alice.ask(.say("before it"), bob)
        alice.gatekeeper.open()
        let asked = try await slow.value
        #expect(try place(try #require(bodies(said).first)) != place(try #require(bodies(asked).first)))
        #expect(try await settle(said, alice, bob) == ["before it"])
        #expect(try await settle(asked, alice, bob).isEmpty)
        #expect(try await bob.ask(.poll, alice).phase == .established)
    }

    /// What is computed beside the store counts only where nobody has gone on with the conversation meanwhile.
    @Test func twoAtOnceUseNoCounterTwice() async throws {
        let (alice, bob) = (try Person("alice", 1), try Person("bob", 2))
        try await meet(alice, bob)
        let outcomes = try await withThrowingTaskGroup(of: OTROutcome.self) { group in
            for number in 0..<16 {
                group.addTask {
                    guard number % 8 == 3 else { return try await alice.ask(.say("text \(number)"), bob) }
                    let secret = SharedSecret(copying: Array("park".utf8))
                    return try await alice.ask(.verify(secret, question: nil), bob)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let sent = outcomes.flatMap(bodies)
        #expect(sent.count >= 16)
        #expect(Set(try sent.map(place)).count == sent.count)
        // counters grow in the order of the store: sorted by them, Bob reads every text
        var texts: [String] = []
        for body in try sent.sorted(by: { try place($0).lexicographicallyPrecedes(try place($1)) }) {
            let next = try await bob.ask(.receive(Incoming(.body(body), from: alice.jid, to: bob.jid)), alice)
            if let text = next.step.plaintext?.content.text { texts.append(text) }
        }
        #expect(Set(texts) == Set((0..<16).filter { $0 % 8 != 3 }.map { "text \($0)" }))
    }
}
