// Owns what people decide about devices: which key is a device's, and how far it is trusted. It must not know how they
// were asked.

public import TernCore
internal import TernCrypto
internal import TernRatchet

/// What is known of a device, for people.
public struct DeviceStanding: Hashable, Sendable {
    /// Which device.
    public let address: DeviceAddress
    /// Its key; none where a list names it and nothing else is known.
    public let fingerprint: Fingerprint?
    /// How far the key is trusted.
    public let trust: Trust
    /// The key whose trust message has decided that; none where a person here or the policy has.
    public let decider: Fingerprint?
    /// What its owner calls it; only where its key has signed that.
    public let label: String?
    /// The versions that the account's lists name it for.
    public let versions: [Version]
    /// The versions in which there is a session, and how many older ones are kept.
    public let sessions: [Session]

    /// The sessions of a version.
    public struct Session: Hashable, Sendable {
        /// The version.
        public let version: Version
        /// Sessions beside the one that is used.
        public let archived: Int
        /// Whether the other side has answered.
        public let isConfirmed: Bool
        /// Whether nothing is sent on it: the next message begins another.
        public let isReadOnly: Bool
        /// When the one that is used began.
        public let began: Timestamp
        /// Message keys that are kept for messages that have not arrived.
        public let keptKeys: Int
    }
}

extension OMEMOMachine {
    /// The fingerprint of this device, the same in both versions.
    public var fingerprint: Fingerprint { Fingerprint(own.identity.x25519) }

    /// When this device was made.
    public var created: Timestamp { own.created }

    /// All devices of an account that are known or named.
    public func devices(
        of jid: BareJID, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> [DeviceStanding] {
        guard let contact = try cache.contact(jid, in: transaction) else { return [] }
        var ids = Set(contact.allDevices.map(\.address.device))
        for version in Version.allCases { ids.formUnion(contact.list(version)?.devices ?? []) }
        var standings: [DeviceStanding] = []
        for id in ids.sorted() {
            let versions = Version.allCases.filter { contact.list($0)?.devices.contains(id) == true }
            let device = contact.device(id)
            var sessions: [DeviceStanding.Session] = []
            for version in Version.allCases {
                guard let device, let live = try device.liveSession(version, of: own, in: transaction) else { continue }
                sessions.append(
                    DeviceStanding.Session(
                        version: version, archived: device.record.sessions[version.place].count - 1,
                        isConfirmed: !live.isPending, isReadOnly: !live.ratchet.canSend, began: live.began,
                        keptKeys: live.ratchet.skippedCount))
            }
            let isOwn = jid == account && id == own.id
            standings.append(
                DeviceStanding(
                    address: DeviceAddress(jid, id), fingerprint: isOwn ? fingerprint : device?.fingerprint,
                    trust: isOwn ? .verified : device?.record.trust ?? .undecided,
                    decider: isOwn ? nil : device?.record.decider.key.map { Fingerprint($0) },
                    label: isOwn ? try settings(in: transaction).label.nonEmpty : device?.label(on: contact.list(.v2)),
                    versions: versions, sessions: sessions))
        }
        return standings
    }

    /// Sets how far the keys of devices are trusted, and tells others, where they are to be told.
    /// - Parameter fingerprint: The key that the decision is about. Where the device has another, it takes this one's place
    ///   and all sessions with the device end: whoever held the other key is not listened to any more.
    /// - Throws: ``TernCore/SessionError/materialMissing`` for a device whose key is not known and was not given.
    @discardableResult
    public func decide(
        _ trust: Trust, _ addresses: [DeviceAddress], fingerprint: Fingerprint? = nil, at now: Timestamp,
        in transaction: inout some StoreTransaction
    ) throws(SessionError) -> [Event] {
        var changes = TrustChanges()
        for address in addresses {
            try set(trust, address, fingerprint: fingerprint, at: now, &changes, in: &transaction)
        }
        return try conclude(changes, at: now, in: &transaction)
    }

    /// Sets how far a device's key is trusted; as for several.
    @discardableResult
    public func decide(
        _ trust: Trust, _ address: DeviceAddress, fingerprint: Fingerprint? = nil, at now: Timestamp,
        in transaction: inout some StoreTransaction
    ) throws(SessionError) -> [Event] {
        try decide(trust, [address], fingerprint: fingerprint, at: now, in: &transaction)
    }

    /// Sets it, and takes note of what is to be told.
    func set(
        _ trust: Trust, _ address: DeviceAddress, fingerprint: Fingerprint?, at now: Timestamp,
        _ changes: inout TrustChanges, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        guard address != self.address else { throw .misuse }
        let contact = try cache.changing(address.jid, in: &transaction)
        let key: X25519PublicKey?
        if let fingerprint {
            guard let named = try? X25519PublicKey(FixedBytes<32>(fingerprint.bytes)) else { throw .malformed }
            key = named
        } else {
            key = nil
        }
        let decided: KnownDevice
        if let device = contact.device(address.device), key ?? device.record.identity == device.record.identity {
            device.record.trust = trust
            device.record.decided = now
            device.record.decider = .local
            try device.save(in: &transaction)
            decided = device
        } else {
            guard let key else { throw .materialMissing }
            try contact.remove(address.device, in: &transaction)
            let record = RemoteDevice(key, trust: trust, decided: now)
            decided = try contact.add(address.device, record, in: &transaction)
        }
        switch trust {
        case .verified: changes.authenticated.append(decided)
        case .distrusted: changes.distrusted.append(decided)
        case .undecided, .firstUse: break
        }
    }

    /// Ends all sessions with a device: the next message begins a new one. This is for a person to ask for (XEP-0384
    /// §security): a message that cannot be read is no reason.
    public func reset(
        _ address: DeviceAddress, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        let contact = try cache.changing(address.jid, in: &transaction)
        guard let device = contact.device(address.device) else { throw .noSession }
        for version in Version.allCases {
            try device.dropSessions(version, in: &transaction)
            // What is left of a bundle is old by now.
            try transaction.drop(.bundle, .bundle(contact.number, address.device, version))
        }
    }

    /// Makes an account known, of which nothing has come yet.
    public func add(_ jid: BareJID, in transaction: inout some StoreTransaction) throws(SessionError) {
        _ = try cache.changing(jid, in: &transaction)
    }

    /// Forgets an account: its lists, devices, keys and sessions. Whoever comes next under its name is a stranger.
    public func forget(_ jid: BareJID, in transaction: inout some StoreTransaction) throws(SessionError) {
        guard jid != account else { throw .misuse }
        guard let contact = try cache.contact(jid, in: transaction) else { return }
        cache.drop(jid)
        for device in contact.allDevices { try contact.remove(device.address.device, in: &transaction) }
        for table in [Table.deviceList, .bundle, .device, .contact] {
            try transaction.drop(table, group: contact.number)
        }
        do throws(StoreError) { try transaction.removeNumber(of: jid) } catch { throw .store(error) }
    }

    /// The accounts that something is known of.
    public func contacts(in transaction: borrowing some StoreTransaction) throws(SessionError) -> [BareJID] {
        do throws(StoreError) {
            let rooms = Set(try transaction.keys(.room).map(\.group))
            return try transaction.numbers().filter { $0.jid != account && !rooms.contains($0.number) }.map(\.jid)
                .sorted()
        } catch {
            throw .store(error)
        }
    }

    /// Makes a new signed prekey of each version, and has the bundles published.
    public func rotate(at now: Timestamp, in transaction: inout some StoreTransaction) throws(SessionError) {
        for version in Version.allCases {
            try rotateSignedPreKey(version, at: now, in: &transaction)
            try refillPreKeys(version, at: now, in: &transaction)
            try enqueue(.publishBundle(version), in: &transaction)
        }
    }
}

extension Bundle {
    /// The identity key as people compare it. It is not authentic before ``verified()``.
    public var fingerprint: Fingerprint { Fingerprint(identity.x25519) }
}

extension OMEMOMachine {
    /// What a message that was refused as ``TernCore/SessionError/untrusted`` says of its sender's key, for a person to
    /// compare. Nobody vouches for it.
    /// - Returns: Nothing where the key is the accepted one, or is not in the message.
    public func keyChange(
        in messages: [EncryptedMessage], _ incoming: Incoming, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> Event? {
        guard let contact = try cache.contact(incoming.sender.bare, in: transaction) else { return nil }
        for message in messages {
            guard let device = contact.device(message.sender) else { continue }
            for key in try message.keys(for: address) where key.isKeyExchange {
                guard let exchange = try? KeyExchangeElement.decode(key.bytes(), message.version).exchange,
                    !device.record.hasKey(exchange.identity, message.version)
                else { continue }
                return .device(
                    device.address,
                    .keyChanged(accepted: device.fingerprint, now: Fingerprint(exchange.identity.x25519)))
            }
        }
        return nil
    }
}

extension KnownDevice {
    /// The device's key as people compare it.
    var fingerprint: Fingerprint { Fingerprint(record.identity) }

    /// The key as OMEMO 2 sent it.
    var edwardsKey: IdentityPublicKey? {
        record.edwards.map { IdentityPublicKey(trusting: $0.array, x25519: record.identity) }
    }

    /// What a list calls the device, where its key has signed that.
    func label(on list: KnownList?) -> String? {
        guard let key = edwardsKey else { return nil }
        return list?.listed(address.device).label(signedBy: key)?.nonEmpty
    }
}

extension Fingerprint {
    /// The fingerprint of an identity key, the same in both versions (XEP-0384 §security).
    init(_ key: X25519PublicKey) {
        do throws(AddressError) {
            try self.init(key.bytes.array)
        } catch {
            preconditionFailure("a key has 32 bytes")
        }
    }
}

extension Version {
    /// The version as a scheme.
    public var scheme: Scheme {
        switch self {
        case .v03: .omemo03
        case .v2: .omemo2
        }
    }
}

extension String {
    /// The text, where there is one.
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
