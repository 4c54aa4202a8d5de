// Owns this device's prekeys: when they are made, and that one is used once. It must not know how a bundle is spelled.

internal import TernCore
internal import TernCrypto
internal import TernRatchet

extension OMEMOMachine {
    /// For how long a signed prekey is kept after the next one was made, in milliseconds: key exchanges with it are under
    /// way, or wait in an archive. The one before the present one is always kept.
    static let retention: Int64 = 30 * 24 * 3600 * 1000

    /// Makes a signed prekey, which bundles name from now on, and drops those that are old.
    /// - Parameter published: The one that bundles have named so far, where that is not the last number that was given.
    func rotateSignedPreKey(
        _ version: Version, after published: UInt32? = nil, at now: Timestamp,
        in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        let current = published ?? counters.signedPreKey[version.place]
        let id = Counters.following(counters.signedPreKey[version.place])
        counters.signedPreKey[version.place] = id
        let preKey = StoredPreKey(keys.next(), made: now)
        try transaction.save(preKey.record, .signedPreKey, RowKey(version.number, Int64(id)))
        var made: [(key: RowKey, made: Timestamp)] = []
        for key in try transaction.list(.signedPreKey, in: version.number) {
            let number = UInt32(truncatingIfNeeded: key.item)
            guard let old = try storedPreKey(.signedPreKey, number, version, in: transaction) else { continue }
            made.append((key, old.made))
        }
        try dropRetired(version, at: now, in: &transaction)
        made.sort { $0.made < $1.made }
        // one was published until the next one was made
        for (old, next) in zip(made, made.dropFirst()) where old.key.item != Int64(current) && old.key.item != Int64(id)
        {
            let age = now.milliseconds.subtractingReportingOverflow(next.made.milliseconds)
            if age.overflow || age.partialValue >= OMEMOMachine.retention {
                try transaction.drop(.signedPreKey, old.key)
            }
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

    /// A one-time prekey that others may name: one that is published or was before the account moved, or was used since a
    /// catch-up began.
    func oneTimePreKey(
        _ id: UInt32, _ version: Version, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> StoredPreKey? {
        if let preKey = try storedPreKey(.preKey, id, version, in: transaction) { return preKey }
        let places = [RowKey.retiredPreKey(id, version)] + (catchUp == nil ? [] : [.used(id, version)])
        for place in places {
            guard let row = try transaction.load(.preKey, place) else { continue }
            do throws(RatchetError) { return try StoredPreKey(row.span) } catch { throw SessionError(error) }
        }
        return nil
    }

    /// Removes a one-time prekey that a session was begun with, makes another, and has the bundle published. While old
    /// messages are caught up with, somebody else's may have used the same one: then it goes at the end of that.
    func usePreKey(
        _ id: UInt32, _ version: Version, at now: Timestamp, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        let (key, retired) = (RowKey(version.number, Int64(id)), RowKey.retiredPreKey(id, version))
        for each in [key, retired] where catchUp != nil {
            guard let row = try transaction.load(.preKey, each) else { continue }
            try transaction.save(row, .preKey, .used(id, version))
        }
        try transaction.drop(.preKey, key)
        try transaction.drop(.preKey, retired)
        try refillPreKeys(version, at: now, in: &transaction)
        try enqueue(.publishBundle(version), in: &transaction)
    }

    /// Publishes the one-time prekeys no longer. Key exchanges that name them may be under way, so they are kept.
    func retirePreKeys(_ version: Version, in transaction: inout some StoreTransaction) throws(SessionError) {
        for key in try transaction.list(.preKey, in: version.number) {
            guard let row = try transaction.load(.preKey, key) else { throw .store(.damaged) }
            do throws(RatchetError) { _ = try StoredPreKey(row.span) } catch { throw SessionError(error) }
            try transaction.save(row, .preKey, .retiredPreKey(UInt32(truncatingIfNeeded: key.item), version))
            try transaction.drop(.preKey, key)
        }
    }

    /// Drops retired prekeys once what names them is no longer under way.
    private func dropRetired(
        _ version: Version, at now: Timestamp, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        guard let arrival = try OMEMOMachine.arrival(in: transaction) else { return }
        let age = now.milliseconds.subtractingReportingOverflow(arrival.at.milliseconds)
        guard age.overflow || age.partialValue >= OMEMOMachine.retention else { return }
        try transaction.drop(.preKey, group: RowKey.retired(version))
    }
}
