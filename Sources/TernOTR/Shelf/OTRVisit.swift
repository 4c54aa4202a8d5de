// Owns a conversation that was taken out of the store for one request, and how it goes back: into the store that it came from and no
// other. It must not know who does the work in between.

public import TernCore
internal import TernCrypto

/// A conversation out of the store, for one request.
///
/// What takes long is done between ``begin()`` and ``close(_:in:)``, and the store is free meanwhile. If somebody else has gone on
/// with the conversation by then, closing is refused and nothing of the work may be used.
public final class OTRVisit {
    /// The conversation.
    public let session: OTRSession
    /// What was read before and nobody has acknowledged: then there is nothing to do.
    let repeated: OTROutcome?
    private let request: OTRRequest
    private let peer: JID
    private let now: Timestamp
    private let isStranger: Bool
    private let hasExpired: Bool
    private let known: OTRPeerSettings?
    private let mark: [UInt8]?
    private var extraKey: ExtraKey?

    /// Takes a conversation out. The account has a key by then.
    public init(
        _ request: OTRRequest, with peer: JID, of account: BareJID, at now: Timestamp,
        in transaction: borrowing some StoreTransaction
    ) throws(SessionError) {
        guard OTRSession.canFreeze else { throw .backendMissing }
        guard let identity = try OTRShelf.identity(ifThereOf: account, in: transaction) else { throw .misuse }
        (self.request, self.peer, self.now) = (request, peer, now)
        var repeated: OTROutcome?
        if case .receive(let incoming) = request {
            repeated = try OTRVisit.repeated(incoming, from: peer, in: transaction)
        }
        self.repeated = repeated
        let known = try OTRShelf.settings(of: peer.bare, in: transaction)
        let settings = known ?? OTRPeerSettings()
        // whoever is not known is answered by a person alone
        isStranger = known == nil && !request.isOurs
        let policy = isStranger ? OTRPolicy(versions: settings.policy.versions, answers: .nothing) : settings.policy
        var session = OTRSession(account: account, peer: peer, key: identity.key, tag: identity.tag, policy: policy)
        var hasExpired = false
        mark = try FrozenConversation.mark(with: peer, in: transaction)
        if repeated == nil, let frozen = try FrozenConversation(with: peer, in: transaction) {
            session = try frozen.thaw(account, peer, identity, policy)
            hasExpired = frozen.hasExpired(at: now)
        }
        session.setKeys(settings.key, trust: settings.trust, others: settings.others)
        session.verificationLimit = settings.limit
        self.session = session
        self.hasExpired = hasExpired
        self.known = known
    }

    /// Does what was asked for, up to work that is handed out.
    public func begin() throws(SessionError) -> [Step] {
        guard repeated == nil else { return [] }
        let ending = hasExpired ? [try session.end(at: now)] : []
        let (step, extraKey) = try request.start(on: session, at: now)
        self.extraKey = extraKey
        return ending + [step]
    }

    /// Whether the store has what it had when the conversation was taken out.
    public func isUnchanged(in transaction: borrowing some StoreTransaction) throws(SessionError) -> Bool {
        let settings = try OTRShelf.settings(of: peer.bare, in: transaction)
        return try FrozenConversation.mark(with: peer, in: transaction) == mark && settings == known
    }

    /// Puts the conversation back, and what came of it.
    /// - Parameter steps: All that were given, by the session's ``OTRSession/supply(_:at:)`` as well.
    public func close(
        _ steps: [Step], in transaction: inout some StoreTransaction
    ) throws(SessionError) -> OTROutcome {
        if let repeated { return repeated }
        try KeptExtraKey.expire(from: peer.bare, at: now, in: &transaction)
        var outcome = OTROutcome(steps, of: session, extraKey)
        var settings = known ?? OTRPeerSettings()
        settings.limit = session.verificationLimit
        (settings.key, settings.trust) = session.peerKey ?? (nil, .undecided)
        settings.others = session.otherKeys
        if known != nil || !isStranger || session.phase == .established {
            try OTRShelf.save(settings, of: peer.bare, in: &transaction)
        }
        let turned = outcome.step.plaintext == nil ? nil : now
        try FrozenConversation.save(session, with: peer, turned: turned, at: now, in: &transaction)
        guard case .receive(let incoming) = request else { return outcome }
        if let plaintext = outcome.step.plaintext {
            let receipt = OTRVisit.receipt(of: incoming, from: peer)
            try KeptText.save(plaintext, receipt, in: &transaction)
            outcome.receipt = receipt
        }
        try KeptExtraKey.save(outcome.extraKeys, outcome.peerKey, from: peer, at: now, in: &transaction)
        return outcome
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
