// Owns an account's OpenPGP as rows: its own key, and those of others. It must not know which store that is, nor ask GnuPG anything.

public import TernCore
internal import TernCrypto

/// An account's OpenPGP in the rows of a store.
public enum PGPShelf {
    private static let identityRow = RowKey(1)

    /// The account's own key; none where it has none.
    public static func identity(in transaction: borrowing some StoreTransaction) throws(SessionError) -> PGPIdentity? {
        guard let row = try transaction.load(.pgpIdentity, identityRow) else { return nil }
        return try PGPIdentity(record: row)
    }

    /// Puts a key in the place of the account's own.
    public static func save(
        _ identity: PGPIdentity, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        try transaction.save(identity.record().span, .pgpIdentity, identityRow)
    }

    /// What is known of somebody's keys; nothing of a stranger.
    public static func peer(
        _ jid: BareJID, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> PGPPeer? {
        guard let number = try transaction.find(jid), let row = try transaction.load(.pgpPeer, RowKey(number)) else {
            return nil
        }
        return try PGPPeer(record: row.exposed())
    }

    /// Keeps what is known of somebody's keys.
    public static func save(
        _ peer: PGPPeer, of jid: BareJID, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        try transaction.save(peer.record.span, .pgpPeer, RowKey(try transaction.name(jid)))
    }

    /// Of whom keys are known.
    public static func peers(in transaction: borrowing some StoreTransaction) throws(SessionError) -> [BareJID] {
        try transaction.named(.pgpPeer)
    }

    /// Forgets somebody's keys, and what was decided about them.
    public static func forget(_ jid: BareJID, in transaction: inout some StoreTransaction) throws(SessionError) {
        guard let number = try transaction.find(jid) else { return }
        try transaction.drop(.pgpPeer, RowKey(number))
    }

    /// Takes the list of keys that an account announces.
    public static func learn(
        _ list: PublicKeyList, of jid: BareJID, policy: TrustPolicy, in transaction: inout some StoreTransaction
    ) throws(SessionError) -> [Event] {
        var peer = try peer(jid, in: transaction) ?? PGPPeer()
        let accepted = peer.learn(list, policy: policy)
        try save(peer, of: jid, in: &transaction)
        return accepted.map { .keyAccepted(jid, $0) }
    }

    /// Takes a certificate that was looked at.
    /// - Returns: What a person is to know.
    /// - Throws: ``TernCore/SessionError/limitExceeded`` for one key too many.
    public static func learn(
        _ examined: ExaminedKey, of jid: BareJID, isGiven: Bool, policy: TrustPolicy, at now: Timestamp,
        in transaction: inout some StoreTransaction
    ) throws(SessionError) -> [Event] {
        var peer = try peer(jid, in: transaction) ?? PGPPeer()
        let events = peer.learn(examined, of: jid, isGiven: isGiven, policy: policy, at: now)
        guard let events else { throw .limitExceeded }
        try save(peer, of: jid, in: &transaction)
        return events
    }

    /// Sets how far keys of somebody are trusted: one, or all.
    /// - Throws: ``TernCore/SessionError/materialMissing`` where no such key is known.
    public static func decide(
        _ trust: Trust, _ fingerprint: Fingerprint?, of jid: BareJID, in transaction: inout some StoreTransaction
    ) throws(SessionError) -> [PGPKey] {
        guard var peer = try peer(jid, in: transaction) else { throw .materialMissing }
        let chosen = peer.keys.filter { fingerprint == nil || $0.fingerprint == fingerprint }
        guard !chosen.isEmpty else { throw .materialMissing }
        for key in chosen {
            // a key that somebody has compared is more than accepted
            guard trust != .firstUse || key.trust != .verified else { continue }
            peer[key.fingerprint]?.trust = trust
        }
        try save(peer, of: jid, in: &transaction)
        return peer.keys.filter { key in chosen.contains { $0.fingerprint == key.fingerprint } }
    }
}
