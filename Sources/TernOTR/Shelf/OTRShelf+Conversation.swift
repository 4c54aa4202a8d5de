// Owns one step of a conversation that lives in the store: out of its row, through the session, and back, in one transaction. It
// must not know which store that is, nor who sends what.

public import TernCore
internal import TernCrypto

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
        try KeptExtraKey.expire(from: peer.bare, at: now, in: &transaction)
        if let frozen = try FrozenConversation(with: peer, in: transaction) {
            session = try frozen.thaw(account, peer, identity, policy)
            if frozen.hasExpired(at: now) { steps += try run(try session.end(at: now), on: session, at: now) }
        }
        if let key = settings.key { session.accept(key, trust: settings.trust) }
        session.verificationLimit = settings.limit
        let (step, extraKey) = try request.start(on: session, at: now)
        steps += try run(step, on: session, at: now)
        var outcome = OTROutcome(steps, of: session, extraKey)
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
            outcome.receipt = receipt
        }
        if case .receive = request {
            try KeptExtraKey.save(outcome.extraKeys, outcome.peerKey, from: peer, at: now, in: &transaction)
        }
        return outcome
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
        return OTROutcome(repeating: Step(roll.next(), plaintext: plaintext), key, receipt)
    }
}
