// Owns what an account does in OpenPGP, each call durable before it returns. It must not know how GnuPG is called.

public import TernCore
public import TernCrypto
internal import TernOMEMO
public import TernPGP

/// What came of a message to encrypt.
public enum PGPEncryption: Sendable {
    /// It can be sent.
    case sealed([Outbound], [Event])
    /// Nothing was encrypted: these nodes have to be fetched first.
    case missing([Node])
    /// Nothing was encrypted, and this is what a person has to know about it.
    case refused(SessionError, [Event])
}

/// A message to encrypt with OpenPGP.
public struct PGPDraft: Hashable, Sendable {
    /// What is said.
    public var content: Content
    /// To whom.
    public var partner: PGPSession.Partner
    /// OX or legacy OpenPGP.
    public var scheme: Scheme

    /// A message.
    public init(_ content: Content, to partner: PGPSession.Partner, as scheme: Scheme = .ox) {
        (self.content, self.partner, self.scheme) = (content, partner, scheme)
    }
}

// MARK: - Own key

extension Account {
    /// This account's own key; none where it has none.
    public func pgpIdentity() throws(SessionError) -> PGPIdentity? {
        try engine.read { _, transaction throws(SessionError) in try PGPShelf.identity(in: transaction) }
    }

    /// This account's own key, made now where there is none.
    public func madePGPIdentity(at now: Timestamp) async throws(SessionError) -> PGPIdentity {
        if let identity = try pgpIdentity() { return identity }
        let (workshop, jid) = (workshop, jid)
        let made = try await aside { () throws(SessionError) in try workshop.makeIdentity(for: jid, at: now) }
        // somebody else may have been quicker
        if let identity = try pgpIdentity() { return identity }
        try set(made)
        return made
    }

    /// Takes another program's secret key in the place of this account's.
    /// - Throws: What ``TernPGP/PGPWorkshop/takeIdentity(_:passphrase:at:)`` does.
    public func takePGPIdentity(
        _ secret: consuming SecretBytes, passphrase: consuming SecretBytes?, at now: Timestamp
    ) async throws(SessionError) -> PGPIdentity {
        let workshop = workshop
        let job = Assignment<SecretPair, Result<PGPIdentity, SessionError>>(
            handing: SecretPair(secret, passphrase)
        ) { pair in
            Result { () throws(SessionError) in
                try workshop.takeIdentity(pair.first, passphrase: pair.takeSecond(), at: now)
            }
        }
        return try await taking(job)
    }

    /// Takes the key of a backup in the place of this account's.
    public func restorePGPIdentity(
        _ backup: [UInt8], with code: consuming BackupCode, at now: Timestamp
    ) async throws(SessionError) -> PGPIdentity {
        let workshop = workshop
        let job = Assignment<BackupCode, Result<PGPIdentity, SessionError>>(handing: code) { code in
            Result { () throws(SessionError) in try workshop.restore(backup, with: code, at: now) }
        }
        return try await taking(job)
    }

    private func taking<Input: ~Copyable & Sendable>(
        _ job: Assignment<Input, Result<PGPIdentity, SessionError>>
    ) async throws(SessionError) -> PGPIdentity {
        _ = await JobRunner.ownThread.run(job.job(.keyGeneration))
        guard case .done(let outcome)? = job.take() else { throw .abandoned }
        let identity = try outcome.get()
        try set(identity)
        return identity
    }

    /// Uses a key in a person's own GnuPG home.
    public func usePGPIdentity(
        inHome path: String, key: Fingerprint, at now: Timestamp
    ) async throws(SessionError) -> PGPIdentity {
        let workshop = workshop
        let identity = try await aside { () throws(SessionError) in
            try workshop.identity(inHome: path, key: key, at: now)
        }
        try set(identity)
        return identity
    }

    private func set(_ identity: PGPIdentity) throws(SessionError) {
        try engine.change { _, transaction throws(SessionError) in try PGPShelf.save(identity, in: &transaction) }
    }

    /// This account's secret key, encrypted with a code, as it is kept on a server.
    public func pgpBackup(with code: consuming BackupCode, at now: Timestamp) async throws(SessionError) -> Publication
    {
        guard let identity = try pgpIdentity() else { throw .materialMissing }
        let workshop = workshop
        let job = Assignment<BackupCode, Result<[UInt8], SessionError>>(handing: code) { code in
            Result { () throws(SessionError) in try workshop.backUp(identity, with: code) }
        }
        _ = await JobRunner.ownThread.run(job.job(.encryption))
        guard case .done(let outcome)? = job.take() else { throw .abandoned }
        return SecretKeyItem.publication(of: try outcome.get(), of: jid, at: now)
    }

    /// What this account publishes: its certificate, and then the list of keys, in which those stay that other programs of the
    /// account have announced and that nobody has refused.
    /// - Throws: ``TernCore/SessionError/materialMissing`` where it has no key.
    public func pgpPublications(at now: Timestamp) throws(SessionError) -> [Publication] {
        guard let identity = try pgpIdentity() else { throw .materialMissing }
        let own = try pgpPeer(jid) ?? PGPPeer()
        let others = (own.announced ?? []).filter {
            $0.fingerprint != identity.fingerprint && own[$0.fingerprint]?.trust != .distrusted
        }
        let list = PublicKeyList([.init(identity.fingerprint, date: now)] + others)
        return [PublicKeyItem.publication(of: identity.certificate, of: jid, at: now), list.publication(of: jid)]
    }

    /// Puts what this account publishes where it waits for somebody to publish it.
    public func announcePGP(at now: Timestamp) throws(SessionError) -> Set<RowKey> {
        let publications = try pgpPublications(at: now)
        return try engine.change { machine, transaction throws(SessionError) in
            for (place, publication) in publications.enumerated() {
                try machine.enqueue(.publish(publication, place: UInt8(place)), in: &transaction)
            }
            return Set(machine.enqueued)
        }
    }

    /// A detached signature with this account's key, as XEP-0027 has it in presence.
    public func pgpSignature(over text: String) async throws(SessionError) -> [UInt8] {
        guard let identity = try pgpIdentity() else { throw .materialMissing }
        let workshop = workshop
        return try await aside { () throws(SessionError) in try workshop.sign(Array(text.utf8), with: identity) }
    }

    /// Looks at a signature that somebody has made over a text.
    public func verify(
        pgpSignature signature: [UInt8], over text: String, by signer: BareJID
    ) async throws(SessionError) -> MessageReading {
        let keys = try pgpPeer(signer)?.keys ?? []
        let workshop = workshop
        return try await aside { () throws(SessionError) in
            try workshop.verify(signature, of: Array(text.utf8), signers: keys.map(\.certificate))
        }
    }

    /// Something that takes long, beside all else that this account does.
    func aside<Value: Sendable>(
        _ body: @escaping @Sendable () throws(SessionError) -> Value
    ) async throws(SessionError) -> Value {
        try await OwnThread.run { Result { () throws(SessionError) in try body() } }.get()
    }
}

/// A secret key and what protects it.
struct SecretPair: ~Copyable, Sendable {
    let first: SecretBytes
    private var second: SecretBytes?

    init(_ first: consuming SecretBytes, _ second: consuming SecretBytes?) {
        self.first = first
        self.second = second
    }

    borrowing func takeSecond() -> SecretBytes? {
        switch second {
        case .some(let bytes): bytes.withSpan { SecretBytes(copying: $0) }
        case .none: nil
        }
    }
}

// MARK: - Others' keys

extension Account {
    /// What is known of somebody's keys.
    public func pgpPeer(_ jid: BareJID) throws(SessionError) -> PGPPeer? {
        try engine.read { _, transaction throws(SessionError) in try PGPShelf.peer(jid, in: transaction) }
    }

    /// Of whom keys are known.
    public func pgpPeers() throws(SessionError) -> [BareJID] {
        try engine.read { _, transaction throws(SessionError) in try PGPShelf.peers(in: transaction) }
    }

    /// Takes a list of keys, or a key, that somebody has published.
    /// - Throws: ``TernCore/SessionError/malformed``, ``TernCore/SessionError/misuse`` for another node.
    public func learn(
        pgp items: [Item], at node: Node, at now: Timestamp
    ) async throws(SessionError) -> Result<[Event], CertificateRefusal> {
        if node.name == PublicKeyList.node {
            let list = try PublicKeyList(items)
            return .success(
                try keep(.list(list, of: node.owner), at: now) + list.deviations.map { .tolerated($0) })
        }
        guard let expected = PublicKeyItem.key(ofNode: node.name) else { throw .misuse }
        let learned = try await learn(
            PublicKeyItem.bytes(in: items), expecting: expected, of: node.owner, isGiven: false, at: now)
        // nbxmpp calls it "current"
        let isNamedAfterTime = items.last?.id.map { Timestamp(xmpp: $0) != nil } ?? true
        return learned.map { $0 + (isNamedAfterTime ? [] : [.tolerated(.itemID)]) }
    }

    /// That somebody announces nothing.
    public func learn(pgpAbsent node: Node, at now: Timestamp) throws(SessionError) {
        guard node.name == PublicKeyList.node else { return }
        _ = try keep(.list(PublicKeyList([PublicKeyList.Entry]()), of: node.owner), at: now)
    }

    /// Takes a certificate that a person says is somebody's. With OX it counts where it says so itself.
    public func learn(
        pgpCertificate bytes: [UInt8], of jid: BareJID, at now: Timestamp
    ) async throws(SessionError) -> Result<[Event], CertificateRefusal> {
        try await learn(bytes, expecting: nil, of: jid, isGiven: true, at: now)
    }

    private func learn(
        _ bytes: [UInt8], expecting expected: Fingerprint?, of jid: BareJID, isGiven: Bool, at now: Timestamp
    ) async throws(SessionError) -> Result<[Event], CertificateRefusal> {
        let workshop = workshop
        let examined = try await aside { () throws(SessionError) in try workshop.examine(bytes, expecting: expected) }
        guard case .success(let key) = examined else { return examined.map { _ in [] } }
        // the account's own key is not somebody's
        let own = try pgpIdentity()?.fingerprint
        guard jid != self.jid || own != key.certificate.fingerprint else { return .success([]) }
        let isKnown = try pgpPeer(jid)?[key.certificate.fingerprint] != nil
        guard isGiven || isKnown || key.names(jid) else { return .failure(.userID) }
        return .success(try keep(.key(key, of: jid), isGiven: isGiven, at: now))
    }

    private func keep(
        _ learned: PGPSession.Learned, isGiven: Bool = false, at now: Timestamp
    ) throws(SessionError) -> [Event] {
        let events = try engine.change { machine, transaction throws(SessionError) -> [Event] in
            switch learned {
            case .list(let list, let jid):
                return try PGPShelf.learn(
                    list, of: jid, policy: try machine.policy(of: jid, in: transaction), in: &transaction)
            case .key(let key, let jid):
                let policy = try machine.policy(of: jid, in: transaction)
                return try PGPShelf.learn(key, of: jid, isGiven: isGiven, policy: policy, at: now, in: &transaction)
            }
        }
        tell(events)
        return events
    }

    /// Sets how far keys of somebody are trusted: one, or all.
    /// - Throws: ``TernCore/SessionError/materialMissing`` where no such key is known.
    public func decide(
        _ trust: Trust, pgp fingerprint: Fingerprint?, of jid: BareJID
    ) throws(SessionError) -> [PGPKey] {
        try engine.change { _, transaction throws(SessionError) in
            try PGPShelf.decide(trust, fingerprint, of: jid, in: &transaction)
        }
    }
}

// MARK: - Messages

extension Account {
    /// Encrypts messages, several at once.
    /// - Parameter network: Where keys are fetched that are missing; without one they are named.
    /// - Throws: ``TernCore/SessionError/materialMissing`` where this account has no key, ``TernCore/SessionError/store(_:)``.
    public func encrypt(
        pgp drafts: [PGPDraft], over network: (any Network)? = nil, at now: Timestamp
    ) async throws(SessionError) -> [Result<PGPEncryption, SessionError>] {
        guard let identity = try pgpIdentity() else { throw .materialMissing }
        let calls = try drafts.map { (draft) throws(SessionError) in
            let recipients =
                switch draft.partner {
                case .account(let jid): [jid]
                case .room(_, let members): members
                }
            let session = try PGPSession(
                account: jid, with: draft.partner, as: draft.scheme, identity: identity,
                knowing: try correspondents(recipients + [jid]), in: workshop)
            return PGPCall(session, network) { session throws(SessionError) in
                try session.encrypt(draft.content, at: now)
            }
        }
        return try await carryOut(calls, at: now).map { result in
            result.map { outcome in
                if !outcome.missing.isEmpty { return .missing(outcome.missing) }
                if let failure = outcome.step.failure { return .refused(failure, outcome.step.events) }
                return .sealed(outcome.step.outbound, outcome.step.events)
            }
        }
    }

    /// Decrypts messages, several at once.
    /// - Parameter allowsUnauthenticated: Whether messages are read that nobody has authenticated, as those of XEP-0027 are.
    /// - Throws: As ``encrypt(pgp:over:at:)``.
    public func decrypt(
        pgp messages: [(incoming: Incoming, scheme: Scheme)], allowsUnauthenticated: Bool = false,
        over network: (any Network)? = nil, at now: Timestamp
    ) async throws(SessionError) -> [Result<PGPReadMessage, SessionError>] {
        guard let identity = try pgpIdentity() else { throw .materialMissing }
        let calls = try messages.map { (message) throws(SessionError) in
            let (incoming, account) = (message.incoming, jid)
            let peer = incoming.sender.bare == account ? incoming.recipient.bare : incoming.sender.bare
            let partner = incoming.room.map { PGPSession.Partner.room($0, members: []) } ?? .account(peer)
            let session = try PGPSession(
                account: account, with: partner, as: message.scheme, identity: identity,
                knowing: try correspondents([incoming.sender.bare, account]), in: workshop)
            session.allowsUnauthenticated = allowsUnauthenticated
            return PGPCall(session, network) { session throws(SessionError) in try session.decrypt(incoming, at: now) }
        }
        return try await carryOut(calls, at: now).map { result in
            result.map { PGPReadMessage(step: $0.step, missing: $0.missing) }
        }
    }

    private func correspondents(
        _ jids: [BareJID]
    ) throws(SessionError) -> [BareJID: PGPCorrespondent] {
        try engine.read { machine, transaction throws(SessionError) in
            var known: [BareJID: PGPCorrespondent] = [:]
            for jid in jids {
                known[jid] = PGPCorrespondent(
                    try PGPShelf.peer(jid, in: transaction) ?? PGPPeer(),
                    policy: try machine.policy(of: jid, in: transaction))
            }
            return known
        }
    }

    /// Carries calls out, as many at once as there are processors; what they have learned is kept.
    private func carryOut(
        _ calls: [PGPCall], at now: Timestamp
    ) async throws(SessionError) -> [Result<PGPCall.Outcome, SessionError>] {
        let outcomes = await PGPCall.run(calls, at: now)
        for outcome in outcomes {
            guard case .success(let outcome) = outcome else { continue }
            for learned in outcome.learned { _ = try keep(learned, at: now) }
        }
        return outcomes
    }
}

/// What came of a message that was read.
public struct PGPReadMessage: Sendable {
    /// What follows from it.
    public let step: Step
    /// What has to be fetched before it can be read.
    public let missing: [Node]
}
