// Owns a device that comes from elsewhere: its private keys, put into rows as if it had been made here. It must not know
// where they were kept, nor sessions.

public import TernCore
public import TernCrypto
internal import TernRatchet

/// The private identity key of a device that was made elsewhere.
public enum IdentitySecret: ~Copyable, Sendable {
    /// An Ed25519 seed.
    case seed(Secret<32>)
    /// A Curve25519 scalar.
    case scalar(Secret<32>)
}

extension OMEMOMachine {
    /// Takes over a device that was made elsewhere. Its prekeys follow, and ``completeRestoring(at:in:)`` ends it.
    /// - Throws: ``TernCore/SessionError/misuse`` where there is a device already, ``TernCore/SessionError/malformed`` for a
    ///   scalar that is no identity key, ``TernCore/SessionError/store(_:)``.
    public static func restore(
        _ account: BareJID, device: DeviceID, identity: borrowing IdentitySecret, at now: Timestamp,
        in transaction: inout some StoreTransaction, upkeep: Upkeep = Upkeep(),
        entropy: any Entropy & Sendable = SystemEntropy()
    ) throws(SessionError) -> OMEMOMachine {
        guard try transaction.load(.setting, Setting.ownDevice) == nil else { throw .misuse }
        try transaction.save(OwnDevice.record(device, identity, at: now), .setting, Setting.ownDevice)
        try transaction.save(Counters().record, .setting, Setting.counters)
        let machine = try OMEMOMachine(of: account, in: transaction, upkeep: upkeep, entropy: entropy)
        let contact = try machine.cache.changing(account, in: &transaction)
        for version in Version.allCases {
            try contact.setList(KnownList([device], received: now), version, in: &transaction)
        }
        return machine
    }

    /// Takes a signed prekey. The one that is taken last is the one that bundles name.
    /// - Throws: ``TernCore/SessionError/malformed`` for a number that no bundle may have.
    public func restoreSignedPreKey(
        _ id: UInt32, _ key: consuming Secret<32>, _ version: Version, made: Timestamp,
        in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        try save(id, key, .signedPreKey, version, made, in: &transaction)
        counters.signedPreKey[version.place] = id
    }

    /// Takes a one-time prekey that nobody has used yet.
    /// - Throws: ``TernCore/SessionError/malformed`` for a number that no bundle may have.
    public func restorePreKey(
        _ id: UInt32, _ key: consuming Secret<32>, _ version: Version, made: Timestamp,
        in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        try save(id, key, .preKey, version, made, in: &transaction)
        // numbers are not given twice: new keys come behind those that were taken
        let next = Counters.following(id)
        counters.preKey[version.place] = max(counters.preKey[version.place], next)
    }

    /// Makes what was not there to be taken, and has all of it published.
    public func completeRestoring(
        at now: Timestamp, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        for version in Version.allCases {
            if counters.signedPreKey[version.place] == 0 { try rotateSignedPreKey(version, at: now, in: &transaction) }
            try refillPreKeys(version, at: now, in: &transaction)
            try enqueue(.publishDeviceList(version), in: &transaction)
            try enqueue(.publishBundle(version), in: &transaction)
        }
        try finish(in: &transaction)
    }

    private func save(
        _ id: UInt32, _ key: consuming Secret<32>, _ table: Table, _ version: Version, _ made: Timestamp,
        in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        guard (try? DeviceID(id)) != nil else { throw .malformed }
        let preKey = StoredPreKey(X25519KeyPair(X25519PrivateKey(key)), made: made)
        try transaction.save(preKey.record, table, RowKey(version.number, Int64(id)))
    }
}
