// Owns what a connection does before a store is used: which version it is, how it becomes the present one, what opens it.
// It must not know what is in a row.

internal import TernCore
internal import TernCrypto

extension Connection {
    /// The version of the database's shape; 0 where there is none.
    func version() throws(StoreError) -> Int {
        let application = try number("PRAGMA application_id") ?? 0
        let version = try number("PRAGMA user_version") ?? 0
        guard application == Format.applicationID || (application == 0 && version == 0) else { throw .damaged }
        guard version >= 0 else { throw .damaged }
        return Int(version)
    }

    /// Takes the steps from one version to the last, all or none.
    func migrate(from version: Int, to format: Format, slot: KeySlot?) throws(StoreError) {
        do throws(TransactionError<StoreError>) {
            try transaction { () throws(StoreError) in
                for step in format.steps[version...] {
                    for sql in step { try number(sql) }
                }
                if let slot {
                    try once("INSERT INTO store (name, value) VALUES ('key', ?1)") { statement throws(SQLiteCode) in
                        statement.bind(1, copying: slot.bytes)
                        try statement.run()
                    }
                }
                try number("PRAGMA application_id = \(Format.applicationID)")
                try number("PRAGMA user_version = \(format.version)")
            } finish: {
            }
        } catch {
            throw error.storeError
        }
    }

    /// The wrapped key; nil where the store is not sealed.
    func slot() throws(StoreError) -> KeySlot? {
        try once("SELECT value FROM store WHERE name = 'key'") { statement throws(SQLiteCode) -> KeySlot? in
            guard try statement.step() else { return nil }
            defer { statement.reset() }
            return KeySlot(statement.withBytes(0) { bytes in bytes.indices.map { bytes[$0] } } ?? [])
        }
    }
}

extension KeySlot {
    /// What seals the rows; nil for a store that is not sealed.
    static func seal(_ slot: KeySlot?, _ key: consuming StoreKey?) throws(StoreError) -> Seal? {
        guard let key else {
            guard slot == nil else { throw .sealed }
            return nil
        }
        // who gives a key expects a sealed store, and not one that somebody has put in its place
        guard let slot else { throw .wrongKey }
        return try Seal(try slot.open(key))
    }
}
