// Owns what is done to a store as a whole: another passphrase, forgetting for good, and seeing whether it is sound.
// It must not know what is in a row.

internal import CSQLite
public import TernCore

extension StoreFile {
    /// Has a sealed store opened by something else from now on. No row changes: the key of the rows is wrapped anew.
    ///
    /// Who has a copy of the store from before, and what opened it then, can still open that copy, and with the key in it
    /// whatever this store is sealed with.
    /// - Throws: ``TernCore/StoreError/missing`` for a store that is not sealed.
    public func seal(_ sealing: consuming Sealing) throws(StoreError) {
        guard let slot = try rows.seal?.slot(for: sealing) else { throw .missing }
        do throws(TransactionError<StoreError>) {
            try write { rows throws(StoreError) in
                try rows.connection.using(.key, changing: true) { statement throws(SQLiteCode) in
                    statement.bind(1, copying: slot.bytes)
                    try statement.run()
                }
            }
        } catch {
            throw error.storeError
        }
        try checkpoint()
    }

    /// Moves the log into the database and empties it. What was removed before is in no file of the store after this.
    ///
    /// What a disk keeps of blocks that a file no longer has is beyond this.
    public func checkpoint() throws(StoreError) {
        try rows.connection.access { () throws(StoreError) in
            guard try rows.connection.number("PRAGMA wal_checkpoint(TRUNCATE)") == 0 else {
                throw .held(process: nil)
            }
        }
    }

    /// Looks whether anybody but its owner can look into the store, without opening it.
    /// - Throws: ``TernCore/StoreError/exposed``; ``TernCore/StoreError/missing`` where there is no folder.
    public static func checkPermissions(at path: String) throws(StoreError) {
        try StoreDirectory(opening: path).checkFiles()
    }

    /// What a look at the whole store gave.
    public struct Health: Sendable, Hashable {
        /// Whether the database fits itself: every page reached once, every index as its table.
        public let isSound: Bool
        /// Rows of all accounts.
        public let rows: Int
        /// Rows that cannot be read: no bytes, or not sealed for their place.
        public let unreadableRows: Int
    }

    /// Looks at every page, and opens every row.
    public func check() throws(StoreError) -> Health {
        do throws(TransactionError<StoreError>) {
            return try write { rows throws(StoreError) in
                let verdict = try rows.connection.once("PRAGMA integrity_check(1)") { statement throws(SQLiteCode) in
                    let verdict = try statement.step() ? statement.text(0) : nil
                    statement.reset()
                    return verdict
                }
                var (count, unreadable) = (0, 0)
                for account in rows.accounts {
                    _ = try rows.numbers(account: account)
                    for table in Table.allCases {
                        for key in try rows.keys(table, account: account, group: nil) {
                            count += 1
                            let place = Place(account: account, table: table, key: key)
                            do throws(StoreError) {
                                guard try rows.row(table, place) != nil else { throw .damaged }
                            } catch {
                                guard error == .damaged else { throw error }
                                unreadable += 1
                            }
                        }
                    }
                }
                return Health(isSound: verdict == "ok", rows: count, unreadableRows: unreadable)
            }
        } catch {
            throw error.storeError
        }
    }
}

extension StoreFile {
    /// The version of SQLite that this process runs with.
    public static var sqliteVersion: String { unsafe String(cString: sqlite3_libversion()) }
}
