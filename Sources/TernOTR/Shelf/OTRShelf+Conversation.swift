// Owns one step of a conversation that lives in the store: out of its row, through the session, and back, in one transaction. It
// must not know which store that is, nor who sends what.

public import TernCore
internal import TernCrypto
internal import TernXML

/// What can be done in a conversation.
public enum OTRRequest: Sendable {
    /// Invite the other end, or take up what it has offered.
    case start
    /// Encrypt a text.
    case say(String)
    /// Read a message.
    case receive(Incoming)
    /// Begin to compare a secret, perhaps with a question.
    case verify(SharedSecret, question: String?)
    /// Answer a comparison.
    case answer(SharedSecret)
    /// Give up a comparison.
    case abortVerification
    /// Let time pass.
    case poll
    /// End the conversation.
    case end
}

/// What came of a request.
public struct OTROutcome: Sendable {
    /// What is to be sent, shown and known.
    public var step: Step
    /// How far the conversation has come.
    public let phase: Phase
    /// The other end's key, and how far it is trusted.
    public let peerKey: (key: Fingerprint, trust: Trust)?
    /// Under what the plaintext is kept until it is acknowledged.
    public let receipt: RowKey?
    /// Whether it was read before, and not acknowledged.
    public let isRepeated: Bool
}

extension OTRShelf {
    /// For how long a conversation is kept in which nothing comes: its keys could read what was said in it.
    public static let lifetime: Int64 = 24 * 3600 * 1000

    /// Does something in a conversation with one resource of somebody.
    ///
    /// Who keeps a conversation between two processes keeps its keys: a store that is copied can read what comes until the keys
    /// have turned, and a copy that is brought back would use them twice, which the store refuses.
    /// - Throws: What ``OTRSession`` does; then nothing has changed. ``TernCore/SessionError/backendMissing`` for a libotr whose
    ///   conversations cannot be kept.
    public static func perform(
        _ request: OTRRequest, with peer: JID, of account: BareJID, at now: Timestamp,
        in transaction: inout some StoreTransaction
    ) throws(SessionError) -> OTROutcome {
        guard OTRSession.canFreeze else { throw .backendMissing }
        if case .receive(let incoming) = request, let kept = try repeated(incoming, from: peer, in: transaction) {
            return kept
        }
        let identity = try identity(of: account, in: &transaction)
        let known = try settings(of: peer.bare, in: transaction)
        var settings = known ?? OTRPeerSettings()
        // whoever is not known is answered by a person alone
        let isStranger = if case .receive = request { known == nil } else { false }
        let policy = isStranger ? OTRPolicy(versions: settings.policy.versions, answers: .nothing) : settings.policy
        var session = OTRSession(account: account, peer: peer, key: identity.key, tag: identity.tag, policy: policy)
        var steps: [Step] = []
        if let frozen = try FrozenConversation(with: peer, in: transaction) {
            session = try frozen.thaw(account, peer, identity, policy)
            if frozen.hasExpired(at: now) { steps += try run(try session.end(at: now), on: session, at: now) }
        }
        if let key = settings.key { session.accept(key, trust: settings.trust) }
        session.verificationLimit = settings.limit
        steps += try run(try start(request, on: session, at: now), on: session, at: now)
        var outcome = OTROutcome(
            step: merged(steps), phase: session.phase, peerKey: session.peerKey, receipt: nil, isRepeated: false)
        settings.limit = session.verificationLimit
        if let peerKey = session.peerKey { (settings.key, settings.trust) = peerKey }
        if known != nil || !isStranger || session.phase == .established {
            try save(settings, of: peer.bare, in: &transaction)
        }
        let turned = outcome.step.plaintext == nil ? nil : now
        try FrozenConversation.save(session, with: peer, turned: turned, at: now, in: &transaction)
        if case .receive(let incoming) = request, let plaintext = outcome.step.plaintext {
            let receipt = receipt(of: incoming, from: peer)
            try KeptText.save(plaintext, receipt, in: &transaction)
            outcome = OTROutcome(
                step: outcome.step, phase: outcome.phase, peerKey: outcome.peerKey, receipt: receipt, isRepeated: false)
        }
        return outcome
    }

    private static func start(
        _ request: OTRRequest, on session: OTRSession, at now: Timestamp
    ) throws(SessionError) -> Step {
        switch request {
        case .start: try session.start(at: now)
        case .say(let text): try session.encrypt(.text(text), at: now)
        case .receive(let incoming): try session.decrypt(incoming, at: now)
        case .verify(let secret, let question): try session.verify(secret, question: question, at: now)
        case .answer(let secret): try session.answer(secret, at: now)
        case .abortVerification: try session.abortVerification(at: now)
        case .poll: try session.poll(at: now)
        case .end: try session.end(at: now)
        }
    }

    /// Nobody else waits for this conversation: what is handed out as work is done here.
    private static func run(_ step: Step, on session: OTRSession, at now: Timestamp) throws(SessionError) -> [Step] {
        var steps = [step]
        for case .work(let job) in step.needs {
            for next in try session.supply([.worked(job.run())], at: now) {
                steps += try run(next, on: session, at: now)
            }
        }
        return steps
    }

    private static func merged(_ steps: [Step]) -> Step {
        var whole = Step(steps[steps.count - 1].ticket)
        for step in steps {
            whole.outbound += step.outbound
            whole.events += step.events
            whole.plaintext = step.plaintext ?? whole.plaintext
            whole.failure = step.failure ?? whole.failure
        }
        return whole
    }

    // MARK: Plaintexts that nobody has yet

    private static func receipt(of incoming: Incoming, from peer: JID) -> RowKey {
        var body = ""
        if case .body(let text) = incoming.payload { body = text }
        let digest = SHA256.digest(Array("otr\n\(peer)\n\(body)".utf8).span).array
        let halves = [digest[0..<8], digest[8..<16]].map { half in
            Int64(bitPattern: half.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        }
        return RowKey(halves[0], halves[1])
    }

    private static func repeated(
        _ incoming: Incoming, from peer: JID, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> OTROutcome? {
        let receipt = receipt(of: incoming, from: peer)
        guard let plaintext = try KeptText.load(receipt, from: peer.bare, in: transaction) else { return nil }
        var roll = Ticket.Roll()
        let key = plaintext.author.key.map { (key: $0, trust: plaintext.author.trust) }
        return OTROutcome(
            step: Step(roll.next(), plaintext: plaintext), phase: .established, peerKey: key, receipt: receipt,
            isRepeated: true)
    }
}
