// The last text is said once more where the other end lost its keys and said so, and only to the key it was said to.

import Testing

import TernCore
import TernOTR

@Suite struct LastWordTests {
    /// The other end's program starts anew, says that it could not read, and agrees on keys again.
    private func startAnew(
        _ alice: End, key: OTRPrivateKey, reports: Bool, after milliseconds: Int64 = 0
    ) async throws -> End {
        try await alice.say("lost")
        _ = alice.takeOutbox()
        if reports { try await alice.receive("?OTR Error: You sent encrypted data to Bob, who wasn't expecting it.") }
        let bob = try End("bob@example.org/work", with: "alice@example.org/home", key: key)
        let anew = Talk(alice: alice, bob: bob)
        try await bob.carryOut([bob.session.start(at: now)])
        try await anew.settle()
        return bob
    }

    @Test func toTheSameKey() async throws {
        let talk = try await Talk.established()
        let key = try #require(talk.bob.session.key)
        let bob = try await startAnew(talk.alice, key: key, reports: true)
        #expect(bob.texts == ["lost"])
        #expect(talk.alice.events.filter { $0 == .resent }.count == 1)
    }

    @Test func toNoOther() async throws {
        let talk = try await Talk.established()
        let other = try OTRPrivateKey.generate(for: try BareJID("bob@example.org"))
        let bob = try await startAnew(talk.alice, key: other, reports: true)
        #expect(bob.texts.isEmpty && !talk.alice.events.contains(.resent))
    }

    @Test func notUnasked() async throws {
        let talk = try await Talk.established()
        let key = try #require(talk.bob.session.key)
        let bob = try await startAnew(talk.alice, key: key, reports: false)
        #expect(bob.texts.isEmpty && !talk.alice.events.contains(.resent))
    }
}
