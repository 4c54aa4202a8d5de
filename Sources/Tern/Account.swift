// Owns an account for those who use Tern: its calls one after the other, each durable before it returns. It must not know
// how messages are encrypted, where rows lie, or who is on the network.

internal import Synchronization
public import TernCore
public import TernCrypto
public import TernOMEMO
internal import TernOTR
internal import TernPGP

/// One account over a store.
public actor Account<Storage: Store> {
    let engine: OMEMOEngine<Storage>
    /// What is being carried out.
    var underway: Set<RowKey> = []
    /// Sessions of conversations in which a call is under way.
    var exchanges: [Partner: Exchange] = [:]
    /// A key for OTR that is being made.
    var otrKeyInMaking: Task<Result<OTRPrivateKey, SessionError>, Never>?
    /// Where OpenPGP is computed.
    let workshop = PGPWorkshop(within: GnuPGHome.base(runtimeFolder: Surroundings.runtimeFolder))
    /// Who is told of events.
    private nonisolated let listeners = Mutex<[@Sendable (Event) -> Void]>([])

    /// Whose account this is.
    public nonisolated let jid: BareJID
    /// The number of its device.
    public nonisolated let device: DeviceID
    /// The fingerprint of its OMEMO identity key, the same in both versions.
    public nonisolated let fingerprint: Fingerprint
    /// When its device was made.
    public nonisolated let created: Timestamp

    /// Opens an account.
    /// - Throws: ``TernCore/SessionError/store(_:)``.
    public init(
        opening jid: BareJID, in store: Storage, entropy: any Entropy & Sendable = SystemEntropy()
    ) throws(SessionError) {
        self.init(try OMEMOEngine(of: jid, in: store, entropy: entropy))
    }

    /// Makes an account: a device with an identity key and prekeys of both versions.
    /// - Parameter device: The device's number; random where there is none.
    /// - Throws: ``TernCore/SessionError/misuse`` where there is one already, ``TernCore/SessionError/store(_:)``.
    public init(
        creating jid: BareJID, device: DeviceID? = nil, at now: Timestamp, in store: Storage,
        entropy: any Entropy & Sendable = SystemEntropy()
    ) throws(SessionError) {
        self.init(try OMEMOEngine(creating: jid, device: device, at: now, in: store, entropy: entropy))
    }

    /// Opens an account of a store that keeps several.
    /// - Throws: ``TernCore/SessionError/store(_:)``, of ``TernCore/StoreError/missing`` where it has none for the address.
    public init(opening jid: BareJID, in shelf: some StoreShelf<Storage>) throws(SessionError) {
        let rows: Storage
        do throws(StoreError) { rows = try shelf.account(jid) } catch { throw .store(error) }
        try self.init(opening: jid, in: rows)
    }

    /// Makes an account in a store that keeps several.
    /// - Throws: ``TernCore/SessionError/store(_:)``, of ``TernCore/StoreError/exists`` where it has one for the address.
    public init(
        creating jid: BareJID, device: DeviceID? = nil, in shelf: some StoreShelf<Storage>, at now: Timestamp
    ) throws(SessionError) {
        do throws(TransactionError<SessionError>) {
            try shelf.create(account: jid, at: now) { transaction throws(SessionError) in
                _ = try OMEMOMachine.create(jid, device: device, at: now, in: &transaction)
            }
        } catch {
            switch error {
            case .refused(let error): throw error
            case .store(let error): throw .store(error)
            }
        }
        try self.init(opening: jid, in: shelf)
    }

    private init(_ engine: sending OMEMOEngine<Storage>) {
        jid = engine.device.account
        device = engine.device.device
        fingerprint = engine.device.fingerprint
        created = engine.device.created
        engine.device.workers = .processors
        self.engine = engine
    }
}

// MARK: - Messages

extension Account {
    /// Encrypts drafts in one transaction, each for itself: one that fails leaves the others alone.
    /// - Throws: ``TernCore/SessionError/store(_:)``: then nothing has changed.
    public func encrypt(
        _ drafts: [Draft], at now: Timestamp
    ) throws(SessionError) -> [Result<Encryption, SessionError>] {
        try encrypt(drafts, without: [:], at: now)
    }

    /// - Parameter absent: Nodes that do not exist, or that cannot be had.
    func encrypt(
        _ drafts: [Draft], without absent: [Node: Event.Reason], at now: Timestamp
    ) throws(SessionError) -> [Result<Encryption, SessionError>] {
        let results = try engine.change { machine, transaction throws(SessionError) in
            let due = try machine.maintain(at: now, in: &transaction)
            var results: [Result<Encryption, SessionError>] = []
            for draft in drafts {
                results.append(
                    try settled {
                        () throws(SessionError) in
                        try machine.part(in: &transaction) { part throws(SessionError) in
                            try machine.encrypt(draft, without: absent, at: now, in: &part)
                        }
                    })
            }
            if let first = results.first { results[0] = first.map { $0.telling(due) } }
            return results
        }
        for case .success(let encryption) in results { tell(encryption.events) }
        return results
    }

    /// Decrypts messages in one transaction, each for itself: one that fails leaves the others alone.
    ///
    /// A plaintext is kept until ``acknowledge(_:)``. Answers to key exchanges wait in ``outstanding()``.
    /// - Throws: ``TernCore/SessionError/store(_:)``: then nothing has changed.
    public func decrypt(
        _ messages: [([EncryptedMessage], Incoming)], at now: Timestamp
    ) throws(SessionError) -> [Result<Decryption, SessionError>] {
        try decryptTellingWhatFollows(messages, at: now).results
    }

    /// As ``decrypt(_:at:)``.
    /// - Returns: Beside the results what they gave rise to, and nothing of what waited before.
    public func decryptTellingWhatFollows(
        _ messages: [([EncryptedMessage], Incoming)], at now: Timestamp
    ) throws(SessionError) -> (results: [Result<Decryption, SessionError>], outstanding: Set<RowKey>) {
        let (results, outstanding) = try engine.change { machine, transaction throws(SessionError) in
            let due = try machine.maintain(at: now, in: &transaction)
            var results: [Result<Decryption, SessionError>] = []
            for (versions, incoming) in messages {
                results.append(
                    try settled {
                        () throws(SessionError) in
                        try machine.part(in: &transaction) { part throws(SessionError) in
                            let decryption = try machine.decrypt(versions, incoming, at: now, in: &part)
                            for reply in decryption.replies { try machine.enqueue(.send(reply), in: &part) }
                            return decryption
                        }
                    })
            }
            if let first = results.first { results[0] = first.map { $0.telling(due) } }
            return (results, Set(machine.enqueued))
        }
        for case .success(let decryption) in results { tell(decryption.events) }
        return (results, outstanding)
    }

    /// What a message that was refused as ``TernCore/SessionError/untrusted`` says of its sender's key, for a person to
    /// compare. Nobody vouches for it.
    public func keyChange(
        in messages: [EncryptedMessage], _ incoming: Incoming
    ) throws(SessionError) -> Event? {
        try engine.read { machine, transaction throws(SessionError) in
            try machine.keyChange(in: messages, incoming, in: transaction)
        }
    }

    /// Forgets plaintexts that their host has for good.
    public func acknowledge(_ receipts: [RowKey]) throws(SessionError) {
        guard !receipts.isEmpty else { return }
        try engine.change { machine, transaction throws(SessionError) in
            for receipt in receipts { try machine.acknowledge(receipt, in: &transaction) }
        }
    }

    /// A failure of the store is nobody's result: it ends the transaction. A row that cannot be read is the result of
    /// whoever needs it; where more is broken, the transaction fails at its end.
    func settled<Value>(
        _ body: () throws(SessionError) -> Value
    ) throws(SessionError) -> Result<Value, SessionError> {
        do throws(SessionError) {
            return .success(try body())
        } catch .store(.damaged) {
            return .failure(.store(.damaged))
        } catch .store(let error) {
            throw .store(error)
        } catch {
            return .failure(error)
        }
    }
}

// MARK: - Events

extension Account {
    /// Tells of events as they happen, after what they are about is durable, and on no thread in particular.
    /// - Parameter listener: It returns at once: calls of the account wait for it.
    public nonisolated func listen(_ listener: @escaping @Sendable (Event) -> Void) {
        listeners.withLock { $0.append(listener) }
    }

    func tell(_ events: [Event]) {
        guard !events.isEmpty else { return }
        for listener in listeners.withLock({ $0 }) {
            for event in events { listener(event) }
        }
    }
}

// MARK: - Contacts

extension Account {
    /// The accounts that something is known of.
    public func contacts() throws(SessionError) -> [BareJID] {
        try engine.read { machine, transaction throws(SessionError) in try machine.contacts(in: transaction) }
    }

    /// The devices of an account, this one's own included.
    public func devices(of jid: BareJID) throws(SessionError) -> [DeviceStanding] {
        try engine.read { machine, transaction throws(SessionError) in
            try machine.devices(of: jid, in: transaction)
        }
    }

    /// How this account's OMEMO is.
    public func status() throws(SessionError) -> OMEMOStatus {
        try engine.read { machine, transaction throws(SessionError) in try machine.status(in: transaction) }
    }

    /// Makes an account known, of which nothing has come yet.
    public func add(_ jid: BareJID) throws(SessionError) {
        try engine.change { machine, transaction throws(SessionError) in try machine.add(jid, in: &transaction) }
    }

    /// Forgets an account.
    public func forget(_ jid: BareJID) throws(SessionError) {
        try engine.change { machine, transaction throws(SessionError) in
            guard jid != self.jid else { throw .misuse }
            try PGPShelf.forget(jid, in: &transaction)
            try machine.forget(jid, in: &transaction)
        }
    }

    /// Ends all sessions with devices, with all of them or with none.
    public func reset(_ addresses: [DeviceAddress]) throws(SessionError) {
        try engine.change { machine, transaction throws(SessionError) in
            for address in addresses { try machine.reset(address, in: &transaction) }
        }
    }

    /// Old messages are going to come; see ``TernOMEMO/OMEMOMachine/beginCatchUp(at:in:)``.
    public func beginCatchUp(at now: Timestamp) throws(SessionError) {
        try engine.change { machine, transaction throws(SessionError) in
            try machine.beginCatchUp(at: now, in: &transaction)
        }
    }

    /// The old messages have come.
    public func endCatchUp() throws(SessionError) {
        try engine.change { machine, transaction throws(SessionError) in try machine.endCatchUp(in: &transaction) }
    }

    /// Does what time asks for; see ``TernOMEMO/OMEMOMachine/maintain(at:in:)``. Encrypting and decrypting do it by
    /// themselves.
    public func maintain(at now: Timestamp) throws(SessionError) {
        let events = try engine.change { machine, transaction throws(SessionError) in
            try machine.maintain(at: now, in: &transaction)
        }
        tell(events)
    }

    /// Makes new signed prekeys.
    public func rotate(at now: Timestamp) throws(SessionError) {
        try engine.change { machine, transaction throws(SessionError) in
            try machine.rotate(at: now, in: &transaction)
        }
    }
}
