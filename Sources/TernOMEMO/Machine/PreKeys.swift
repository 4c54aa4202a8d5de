// Owns this device's prekeys: when they are made, and that one is used once. It must not know how a bundle is spelled.

internal import TernCore
internal import TernCrypto
internal import TernRatchet

extension OMEMOMachine {
    /// For how long a signed prekey is kept beside the one before the present one: key exchanges with it are under way, or
    /// wait in an archive.
    private static let retention: Int64 = 30 * 24 * 3600 * 1000

    /// Makes a signed prekey, which bundles name from now on, and drops those that are old.
    func rotateSignedPreKey(
        _ version: Version, at now: Timestamp, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        let current = counters.signedPreKey[version.place]
        let id = Counters.following(current)
        counters.signedPreKey[version.place] = id
        let preKey = StoredPreKey(keys.next(), made: now)
        try transaction.save(preKey.record, .signedPreKey, RowKey(version.number, Int64(id)))
        let kept = [id, current]
        for key in try transaction.list(.signedPreKey, in: version.number)
        where !kept.contains(where: { Int64($0) == key.item }) {
            let old = try storedPreKey(.signedPreKey, UInt32(truncatingIfNeeded: key.item), version, in: transaction)
            if let old, now.milliseconds &- old.made.milliseconds < OMEMOMachine.retention { continue }
            try transaction.drop(.signedPreKey, key)
        }
    }

    /// Makes one-time prekeys until a bundle is full.
    func refillPreKeys(
        _ version: Version, at now: Timestamp, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        let missing = upkeep.preKeys - (try transaction.list(.preKey, in: version.number).count)
        for _ in 0..<max(0, missing) {
            let id = counters.preKey[version.place]
            counters.preKey[version.place] = Counters.following(id)
            let preKey = StoredPreKey(keys.next(), made: now)
            try transaction.save(preKey.record, .preKey, RowKey(version.number, Int64(id)))
        }
    }

    /// A prekey that others may name.
    func storedPreKey(
        _ table: Table, _ id: UInt32, _ version: Version, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> StoredPreKey? {
        guard let row = try transaction.load(table, RowKey(version.number, Int64(id))) else { return nil }
        do throws(RatchetError) { return try StoredPreKey(row.span) } catch { throw SessionError(error) }
    }

    /// Removes a one-time prekey that a session was begun with, makes another, and has the bundle published.
    func usePreKey(
        _ id: UInt32, _ version: Version, at now: Timestamp, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        try transaction.drop(.preKey, RowKey(version.number, Int64(id)))
        try refillPreKeys(version, at: now, in: &transaction)
        try enqueue(.publishBundle(version), in: &transaction)
    }
}
