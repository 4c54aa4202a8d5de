// Owns the comparison of a shared secret, and what waits while it is computed elsewhere.

import Testing

import TernCore
import TernCrypto
import TernOTR

@Suite struct VerificationTests {
    private func secret(_ text: String) -> SharedSecret {
        SharedSecret(copying: Array(text.utf8))
    }

    /// Alice begins, Bob answers.
    private func verify(_ ours: String, _ theirs: String, question: String? = nil) async throws -> Talk {
        let talk = try await Talk.established()
        try await talk.alice.carryOut([talk.alice.session.verify(secret(ours), question: question, at: now)])
        try await talk.settle()
        #expect(talk.bob.verifications == [.asked(question: question)])
        try await talk.bob.carryOut([talk.bob.session.answer(secret(theirs), at: now)])
        try await talk.settle()
        #expect(talk.alice.failures.isEmpty && talk.bob.failures.isEmpty)
        return talk
    }

    @Test("The same secret verifies both keys, and every step of it is work")
    func succeeds() async throws {
        let talk = try await verify("orange", "orange")
        let (alices, bobs) = try (#require(talk.alice.session.key), #require(talk.bob.session.key))
        #expect(talk.alice.verifications == [.progressed(60), .succeeded(bobs.fingerprint, peerProved: true)])
        #expect(talk.bob.verifications.last == .succeeded(alices.fingerprint, peerProved: true))
        #expect(talk.alice.session.peerKey?.trust == .verified)
        #expect(talk.bob.session.peerKey?.trust == .verified)
        // Alice: begin, second and fourth step. Bob: first step, answer, third step.
        #expect(talk.alice.handedOut == [.verification, .decryption, .decryption])
        #expect(talk.bob.handedOut == [.decryption, .verification, .decryption])
        try await talk.alice.say("verified")
        try await talk.settle()
        #expect(talk.bob.plaintexts.last?.author.trust == .verified)
    }

    @Test("Another secret fails on both sides, and the conversation goes on")
    func fails() async throws {
        let talk = try await verify("orange", "lemon")
        #expect(talk.alice.verifications.last == .failed)
        #expect(talk.bob.verifications.last == .failed)
        #expect(talk.alice.session.peerKey?.trust == .firstUse)
        #expect(talk.bob.session.peerKey?.trust == .firstUse)
        try await talk.alice.say("well")
        try await talk.settle()
        #expect(talk.bob.texts == ["well"])
    }

    @Test("Whoever answers a question proves something, and learns nothing")
    func question() async throws {
        let talk = try await verify("orange", "orange", question: "Which fruit?")
        let alices = try #require(talk.alice.session.key)
        #expect(talk.bob.verifications.last == .succeeded(alices.fingerprint, peerProved: false))
        #expect(talk.alice.session.peerKey?.trust == .verified)
        #expect(talk.bob.session.peerKey?.trust == .firstUse)
    }

    @Test("Giving up is told")
    func aborts() async throws {
        let talk = try await Talk.established()
        try await talk.alice.carryOut([talk.alice.session.verify(secret("orange"), at: now)])
        try await talk.settle()
        try await talk.bob.carryOut([talk.bob.session.abortVerification(at: now)])
        try await talk.settle()
        #expect(talk.alice.verifications == [.aborted])
        #expect(throws: SessionError.misuse) { try talk.bob.session.answer(secret("orange"), at: now) }
    }

    @Test("Nobody can answer what was not asked, or compare without keys")
    func misuse() async throws {
        let talk = try Talk()
        #expect(throws: SessionError.noSession) { try talk.alice.session.verify(secret("x"), at: now) }
        let other = try await Talk.established()
        #expect(throws: SessionError.misuse) { try other.alice.session.answer(secret("x"), at: now) }
    }

    @Test("What is called while the conversation is away waits, in order, and then goes on")
    func queues() async throws {
        let talk = try await Talk.established()
        let alice = talk.alice
        try await talk.bob.say("before")
        let body = try #require(talk.bob.takeOutbox().first)
        alice.runsJobs = false
        let comparison = try alice.session.verify(secret("orange"), at: now)
        try await alice.carryOut([comparison])
        let job = try #require(alice.jobs.first)
        let steps = [
            try alice.session.encrypt(.text("one"), at: now),
            try alice.session.decrypt(Incoming(.body(body), from: alice.peer, to: alice.jid), at: now),
            try alice.session.encrypt(.text("two"), at: now),
        ]
        #expect(steps.allSatisfy { $0.isWaiting && $0.outbound.isEmpty && $0.needs.isEmpty })
        #expect(alice.session.phase == .established)
        alice.finished = []
        try await alice.answer(job)
        // While secrets are compared, any message may be a step of it: this one is handed out too, and the last waits on.
        #expect(alice.finished == [comparison.ticket, steps[0].ticket])
        #expect(alice.jobs.count == 2)
        try await alice.answer(try #require(alice.jobs.last))
        #expect(alice.finished == [comparison.ticket] + steps.map(\.ticket))
        #expect(alice.texts == ["before"])
        #expect(alice.outbox.count == 3)
        alice.runsJobs = true
        try await talk.settle()
        #expect(talk.bob.texts == ["one", "two"])
        #expect(talk.bob.verifications == [.asked(question: nil)])
    }

    @Test("A full queue refuses and changes nothing")
    func busy() async throws {
        let talk = try await Talk.established()
        talk.alice.runsJobs = false
        try await talk.alice.carryOut([talk.alice.session.verify(secret("orange"), at: now)])
        for _ in 0..<OTRSession.queueLimit { _ = try talk.alice.session.encrypt(.text("x"), at: now) }
        #expect(throws: SessionError.busy) { try talk.alice.session.encrypt(.text("x"), at: now) }
        let job = try #require(talk.alice.jobs.first)
        try await talk.alice.answer(job)
        #expect(talk.alice.outbox.count == OTRSession.queueLimit + 1)
    }

    @Test("A job that is given back fails its call alone; a receipt counts once")
    func abandons() async throws {
        let talk = try await Talk.established()
        talk.alice.runsJobs = false
        let step = try talk.alice.session.verify(secret("orange"), at: now)
        try await talk.alice.carryOut([step])
        let waiting = try talk.alice.session.encrypt(.text("hello"), at: now)
        let job = try #require(talk.alice.jobs.first)
        let receipt = job.abandon()
        let steps = try talk.alice.session.supply([.worked(receipt)], at: now)
        #expect(steps.map(\.ticket) == [step.ticket, waiting.ticket])
        #expect(steps.map(\.failure) == [.abandoned, nil])
        #expect(throws: SessionError.unexpectedAnswer) {
            try talk.alice.session.supply([.worked(job.run())], at: now)
        }
        talk.alice.runsJobs = true
        try await talk.alice.carryOut(steps)
        try await talk.settle()
        #expect(talk.bob.texts == ["hello"])
    }

    @Test("Without a key nothing is lost: what waited for it fails, and the next call asks again")
    func abandonedKey() async throws {
        let talk = try Talk()
        talk.alice.runsJobs = false
        let step = try talk.alice.session.start(at: now)
        guard case .work(let job)? = step.needs.first else { return #expect(Bool(false)) }
        let steps = try talk.alice.session.supply([.worked(job.abandon())], at: now)
        #expect(steps.map(\.failure) == [.abandoned])
        talk.alice.runsJobs = true
        try await talk.alice.carryOut([talk.alice.session.start(at: now)])
        try await talk.settle()
        #expect(talk.bob.session.phase == .established)
    }

    @Test("Conversations do not wait for each other")
    func beside() async throws {
        let talks = try await [Talk.established(), Talk.established()]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for talk in talks {
                let step = try talk.alice.session.verify(secret("orange"), at: now)
                guard case .work(let job)? = step.needs.first else { continue }
                group.addTask { _ = job.run() }
            }
            try await group.waitForAll()
        }
    }
}
