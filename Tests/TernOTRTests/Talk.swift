// Owns a host in small: two sessions, a wire between them, threads for the jobs. It must not know libotr.

import TernCore
import TernOTR

/// One end of a conversation and what its host was told.
final class End {
    let session: OTRSession
    let jid: JID
    let peer: JID
    /// Whether jobs go through other threads; otherwise they stay in ``jobs``.
    var runsJobs = true
    var jobs: [Job] = []
    var outbox: [String] = []
    var plaintexts: [Plaintext] = []
    var events: [Event] = []
    var failures: [SessionError] = []
    var finished: [Ticket] = []
    var handedOut: [Job.Kind] = []

    init(_ jid: String, with peer: String, key: OTRPrivateKey? = nil) throws {
        self.jid = try JID(jid)
        self.peer = try JID(peer)
        session = OTRSession(account: self.jid.bare, peer: self.peer, key: key)
    }

    var texts: [String] { plaintexts.compactMap(\.content.text) }

    var verifications: [Event.Verification] {
        events.compactMap { event in
            guard case .verification(let verification) = event else { return nil }
            return verification
        }
    }

    func carryOut(_ steps: [Step]) async throws {
        for step in steps {
            if !step.isWaiting { finished.append(step.ticket) }
            outbox += step.outbound.compactMap { outbound in
                guard case .body(let body) = outbound.payload else { return nil }
                return body
            }
            if let plaintext = step.plaintext { plaintexts.append(plaintext) }
            events += step.events
            if let failure = step.failure { failures.append(failure) }
            for case .work(let job) in step.needs {
                handedOut.append(job.kind)
                guard runsJobs else {
                    jobs.append(job)
                    continue
                }
                try await answer(job)
            }
        }
    }

    func answer(_ job: Job) async throws {
        let receipt = await Task.detached { job.run() }.value
        try await carryOut(session.supply([.worked(receipt)], at: now))
    }

    func receive(_ body: String) async throws {
        try await carryOut([try session.decrypt(Incoming(.body(body), from: peer, to: jid), at: now)])
    }

    func say(_ text: String) async throws {
        try await carryOut([try session.encrypt(.text(text), at: now)])
    }

    func takeOutbox() -> [String] {
        defer { outbox = [] }
        return outbox
    }
}

let now = Timestamp(seconds: 1_795_376_595)

/// Two ends.
struct Talk {
    let alice: End
    let bob: End

    init(alice: End, bob: End) {
        self.alice = alice
        self.bob = bob
    }

    init(aliceKey: OTRPrivateKey? = nil, bobKey: OTRPrivateKey? = nil) throws {
        alice = try End("alice@example.org/home", with: "bob@example.org/work", key: aliceKey)
        bob = try End("bob@example.org/work", with: "alice@example.org/home", key: bobKey)
    }

    /// Keys that the tests share: one takes 0.2 seconds.
    private static let keys = Result {
        try (
            OTRPrivateKey.generate(for: try BareJID("alice@example.org")),
            OTRPrivateKey.generate(for: try BareJID("bob@example.org"))
        )
    }

    /// Two ends that have agreed on keys.
    static func established() async throws -> Talk {
        let (alice, bob) = try keys.get()
        let talk = try Talk(aliceKey: alice, bobKey: bob)
        try await talk.alice.carryOut([talk.alice.session.start(at: now)])
        try await talk.settle()
        return talk
    }

    /// Carries messages to and fro until both are silent.
    func settle() async throws {
        while !alice.outbox.isEmpty || !bob.outbox.isEmpty {
            for body in alice.takeOutbox() { try await bob.receive(body) }
            for body in bob.takeOutbox() { try await alice.receive(body) }
        }
    }
}
