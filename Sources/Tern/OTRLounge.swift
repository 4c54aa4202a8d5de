// Owns conversations of OTR that live in memory alone, many at once: none waits for another one's key or comparison. It must not know
// how they are asked for.

public import TernCore
internal import TernCrypto
public import TernOTR

/// Conversations of OTR of one account, in memory: when they end, or the process does, nobody can read what was said in them.
///
/// The account's key, the keys of others, trust and failed comparisons are the store's, durable before anything that depends on them is
/// given out.
public actor OTRLounge<Storage: Store> {
    /// As many conversations there are at most, and as many offers of strangers that wait for a person.
    public static var limits: (all: Int, strangers: Int) { (1024, 64) }

    private let account: Account<Storage>
    private let runner: JobRunner
    private var sessions: [JID: OTRSession] = [:]
    private var queues: [BareJID: (number: Int, last: Task<Void, Never>)] = [:]
    private var begun = 0
    private var polled = Timestamp(milliseconds: 0)

    /// No conversation yet.
    public init(_ account: Account<Storage>, running runner: JobRunner = .ownThread) {
        self.account = account
        self.runner = runner
    }

    /// Does something with one program of somebody, after what was asked before with anybody of that address.
    /// - Returns: What comes of it; fails with what ``TernOTR/OTRSession`` throws, and then nothing has changed.
    public func begin(
        _ request: OTRRequest, with peer: JID, at now: Timestamp
    ) -> Task<Result<OTROutcome, SessionError>, Never> {
        let before = queues[peer.bare]?.last
        begun += 1
        let number = begun
        let task = Task { () -> Result<OTROutcome, SessionError> in
            await before?.value
            do throws(SessionError) {
                return .success(try await self.perform(request, with: peer, at: now))
            } catch {
                return .failure(error)
            }
        }
        queues[peer.bare] = (
            number,
            Task {
                _ = await task.value
                self.leave(peer.bare, number)
            }
        )
        return task
    }

    /// With whom there is a private conversation.
    public var present: [JID] {
        sessions.filter { $0.value.phase == .established }.keys.sorted { $0.description < $1.description }
    }

    private func leave(_ peer: BareJID, _ number: Int) {
        if queues[peer]?.number == number { queues[peer] = nil }
    }

    private func perform(
        _ request: OTRRequest, with peer: JID, at now: Timestamp
    ) async throws(SessionError) -> OTROutcome {
        forgetKeyExchanges(at: now)
        let known = try await account.otrSettings(of: peer.bare)
        var settings = known ?? OTRPeerSettings()
        // whoever is not known is answered by a person alone
        let isStranger = known == nil && !request.isOurs
        if isStranger { settings.policy.answers = .nothing }
        let identity = try await account.madeOTRIdentity()
        let session = try session(with: peer, identity, settings.policy, isStranger)
        session.setKeys(settings.key, trust: settings.trust, others: settings.others)
        session.verificationLimit = settings.limit
        defer { keep(session, with: peer) }
        let (step, extraKey) = try request.start(on: session, at: now)
        let steps = try await run(step, on: session, at: now)
        let outcome = OTROutcome(steps, of: session, extraKey)
        if !isStranger || session.phase == .established { try await save(session, peer.bare, known) }
        return outcome
    }

    /// One that waits for nothing is made anew where the policy is another one by now.
    private func session(
        with peer: JID, _ identity: OTRIdentity, _ policy: OTRPolicy, _ isStranger: Bool
    ) throws(SessionError) -> OTRSession {
        if let session = sessions[peer] {
            let isFresh = session.phase == .fresh || session.phase == .ended
            return isFresh && session.policy != policy ? session.succeeding(policy) : session
        }
        // an offer that nobody has taken up makes room for another
        let offers = sessions.filter { $0.value.phase == .fresh }.keys
        if isStranger, offers.count >= Self.limits.strangers, let one = offers.first { sessions[one] = nil }
        guard sessions.count < Self.limits.all else { throw .limitExceeded }
        return OTRSession(account: account.jid, peer: peer, key: identity.key, tag: identity.tag, policy: policy)
    }

    /// Nothing is kept of whoever has said nothing.
    private func keep(_ session: OTRSession, with peer: JID) {
        let isEmpty = session.phase == .fresh && session.offer == nil
        sessions[peer] = isEmpty ? nil : session
    }

    private func save(
        _ session: OTRSession, _ peer: BareJID, _ known: OTRPeerSettings?
    ) async throws(SessionError) {
        let (peerKey, others, limit) = (session.peerKey, session.otherKeys, session.verificationLimit)
        guard
            known == nil || known?.key != peerKey?.key || known?.trust != peerKey?.trust || known?.others != others
                || known?.limit != limit
        else { return }
        let before = known ?? OTRPeerSettings()
        _ = try await account.otr(change: peer) { settings in
            // somebody else may have failed to compare meanwhile: every guess counts
            settings.limit = VerificationLimit(failures: Array(Set(settings.limit.failures + limit.failures)))
            // what a person has decided meanwhile counts more than what was learned here
            guard settings.key == before.key, settings.trust == before.trust, settings.others == before.others else {
                return
            }
            (settings.key, settings.trust) = peerKey ?? (nil, .undecided)
            settings.others = others
        }
    }

    private func run(
        _ step: Step, on session: OTRSession, at now: Timestamp
    ) async throws(SessionError) -> [Step] {
        var steps = [step]
        for case .work(let job) in step.needs {
            let receipt = await runner.run(job)
            for next in try session.supply([.worked(receipt)], at: now) {
                steps += try await run(next, on: session, at: now)
            }
        }
        return steps
    }

    private func forgetKeyExchanges(at now: Timestamp) {
        let age = now.milliseconds.subtractingReportingOverflow(polled.milliseconds)
        guard age.overflow || age.partialValue >= Int64(OTRSession.pollInterval) * 1000 || age.partialValue < 0 else {
            return
        }
        polled = now
        for (peer, session) in sessions where session.phase == .negotiating && queues[peer.bare] == nil {
            _ = try? session.poll(at: now)
            keep(session, with: peer)
        }
    }
}
