// Conversations of OTR in memory: in their order, and none waits for another one's work.

import Tern
import TernCore
import TernOTR
import Testing

@Suite struct OTRLoungeTests {
    private static let now = Timestamp(seconds: 1_800_000_000)

    /// One who talks.
    private struct Guest {
        let jid: JID
        let account: Account<MemoryStore>
        let lounge: OTRLounge<MemoryStore>
        let gatekeeper = Gatekeeper()

        init(_ name: String, _ number: UInt32) throws {
            jid = try JID("\(name)@example.org/x")
            account = try Account(
                creating: jid.bare, device: try DeviceID(number), at: OTRLoungeTests.now, in: MemoryStore())
            lounge = OTRLounge(account, running: gatekeeper.runner)
        }

        func ask(_ request: OTRRequest, _ peer: Guest) async throws -> OTROutcome {
            try await lounge.begin(request, with: peer.jid, at: OTRLoungeTests.now).value.get()
        }
    }

    /// Carries what is to be sent to and fro, and gives what was read.
    @discardableResult
    private func settle(_ outcome: OTROutcome, _ one: Guest, _ other: Guest) async throws -> [String] {
        var texts: [String] = []
        for outbound in outcome.step.outbound {
            let incoming = Incoming(outbound.payload, from: one.jid, to: other.jid)
            let next = try await other.ask(.receive(incoming), one)
            if let text = next.step.plaintext?.content.text { texts.append(text) }
            texts += try await settle(next, other, one)
        }
        return texts
    }

    private func meet(_ one: Guest, _ other: Guest) async throws {
        try await settle(try await one.ask(.start, other), one, other)
        try await settle(try await other.ask(.start, one), other, one)
        #expect(await one.lounge.present.contains(other.jid))
    }

    @Test func oneKeyIsMadeHoweverManyAsk() async throws {
        let alice = try Guest("alice", 1)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 2..<12 as Range<UInt32> {
                let other = try JID("peer\(number)@example.org/x")
                group.addTask {
                    _ = try await alice.lounge.begin(.start, with: other, at: Self.now).value.get()
                }
            }
            try await group.waitForAll()
        }
        let first = try await alice.account.otrIdentity(making: false)
        #expect(first != nil)
        let bob = try Guest("bob", 2)
        try await meet(alice, bob)
        #expect(try await bob.account.otrSettings(of: alice.jid.bare)?.key == first?.key.fingerprint)
    }

    @Test func nobodyWaitsForAnotherComparison() async throws {
        let (alice, bob, carol) = (try Guest("alice", 1), try Guest("bob", 2), try Guest("carol", 3))
        try await meet(alice, bob)
        try await meet(alice, carol)
        let secret = SharedSecret(copying: Array("park".utf8))
        alice.gatekeeper.close()
        let slow = await alice.lounge.begin(.verify(secret, question: nil), with: bob.jid, at: Self.now)
        let behind = await alice.lounge.begin(.say("after it"), with: bob.jid, at: Self.now)
        await alice.gatekeeper.waitForJob()
        // the comparison is not done before this is
        let quick = await alice.lounge.begin(.say("beside it"), with: carol.jid, at: Self.now)
        _ = await quick.value
        alice.gatekeeper.open()
        #expect(try await settle(try await quick.value.get(), alice, carol) == ["beside it"])
        #expect(try await settle(try await slow.value.get(), alice, bob).isEmpty)
        #expect(try await settle(try await behind.value.get(), alice, bob) == ["after it"])
    }

    /// A key that a person distrusts while a comparison is computed stays distrusted, whatever the comparison says.
    @Test func aDecisionCountsMoreThanAComparisonThatBeganBefore() async throws {
        let (alice, bob) = (try Guest("alice", 1), try Guest("bob", 2))
        try await meet(alice, bob)
        let secret = SharedSecret(copying: Array("park".utf8))
        func pass(_ outcome: OTROutcome, _ one: Guest, _ other: Guest) async throws -> OTROutcome {
            let body = try #require(outcome.step.outbound.first).payload
            return try await other.ask(.receive(Incoming(body, from: one.jid, to: other.jid)), one)
        }
        _ = try await pass(try await alice.ask(.verify(secret, question: nil), bob), alice, bob)
        let second = try await bob.ask(.answer(secret), alice)
        let last = try await pass(try await pass(second, bob, alice), alice, bob)
        alice.gatekeeper.close()
        let end = Task { try await pass(last, bob, alice) }
        await alice.gatekeeper.waitForJob()
        let key = try #require(try await bob.account.otrIdentity(making: false)).key.fingerprint
        _ = try await alice.account.otr(change: bob.jid.bare) { settings throws(SessionError) in
            try settings.distrust(key)
        }
        alice.gatekeeper.open()
        #expect(try await end.value.step.events.contains(.verification(.succeeded(key, peerProved: true))))
        let kept = try #require(try await alice.account.otrSettings(of: bob.jid.bare))
        #expect(kept.key == nil && kept.others == [key: .distrusted])
    }

    /// What is found out outlasts the conversation; a stranger leaves nothing.
    @Test func trustIsKeptAndStrangersAreNot() async throws {
        let (alice, bob, mallory) = (try Guest("alice", 1), try Guest("bob", 2), try Guest("mallory", 3))
        try await meet(alice, bob)
        let secret = SharedSecret(copying: Array("park".utf8))
        try await settle(try await alice.ask(.verify(secret, question: nil), bob), alice, bob)
        try await settle(try await bob.ask(.answer(secret), alice), bob, alice)
        for (one, other) in [(alice, bob), (bob, alice)] {
            #expect(try await one.account.otrSettings(of: other.jid.bare)?.trust == .verified)
        }
        let query = try await mallory.ask(.start, alice)
        #expect(try await settle(query, mallory, alice).isEmpty)
        #expect(try await alice.account.otrSettings(of: mallory.jid.bare) == nil)
        // they may offer from as many programs as they like
        for number in 0..<200 {
            let sender = try JID("mallory@example.org/\(number)")
            let incoming = Incoming(.body("?OTRv3?"), from: sender, to: alice.jid)
            let result = await alice.lounge.begin(.receive(incoming), with: sender, at: Self.now).value
            #expect(try result.get().step.events.contains(.offered([3])))
        }
        let again = try await alice.ask(.say("still here"), bob)
        #expect(try await settle(again, alice, bob) == ["still here"])
    }
}
