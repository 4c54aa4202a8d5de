// Owns the shape of the database, version by version, and how an older one becomes the present one.
// It must not know what is in a row.

internal import TernCore

/// The versions of the database's shape. Step `n` makes version `n + 1` of version `n`; version 0 is an empty file.
///
/// A step that was released is never changed. The version is SQLite's `user_version`.
package struct Format: Sendable {
    /// The statements of each step.
    package let steps: [[String]]

    package init(steps: [[String]]) {
        self.steps = steps
    }

    /// The version that the steps lead to.
    package var version: Int { steps.count }

    /// What this version of Tern writes.
    package static let current = Format(steps: [firstVersion, chainsByNumber, rooms, openPGP])

    /// SQLite's `application_id`: "TERN".
    static let applicationID: Int64 = 0x5445_524e

    /// Rows lie in the order of their keys. A table without a `rowid` is one tree and not two.
    private static let firstVersion: [String] =
        [
            // numbers, and how the store is sealed
            "CREATE TABLE store (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID",
            "INSERT INTO store (name, value) VALUES ('generation', 0), ('last account', 0)",
            // name: the address, or its code where the store is sealed; sealed: then the address itself
            """
            CREATE TABLE account (number INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE, sealed BLOB,
            created INTEGER NOT NULL, last_address INTEGER NOT NULL)
            """,
            """
            CREATE TABLE address (account INTEGER NOT NULL, name BLOB NOT NULL, number INTEGER NOT NULL, sealed BLOB,
            PRIMARY KEY (account, name)) WITHOUT ROWID
            """,
        ]
        + tables(1...12)

    /// The rows that every message writes are found by one number: a row costs SQLite about half of what it
    /// does under a key of three.
    private static let chainsByNumber: [String] = [
        "ALTER TABLE rows_9 RENAME TO chains",
        "CREATE TABLE rows_9 (number INTEGER PRIMARY KEY, row BLOB NOT NULL)",
        "INSERT INTO rows_9 SELECT account << 32 | grp, row FROM chains",
        "DROP TABLE chains",
    ]

    /// Who belongs to rooms, and what was said there; OTR.
    private static let rooms = tables(13...18)

    /// OpenPGP.
    private static let openPGP = tables(19...20)

    private static func tables(_ numbers: ClosedRange<Int>) -> [String] {
        numbers.map { table in
            """
            CREATE TABLE rows_\(table) (account INTEGER NOT NULL, grp INTEGER NOT NULL, item INTEGER NOT NULL,
            row BLOB NOT NULL, PRIMARY KEY (account, grp, item)) WITHOUT ROWID
            """
        }
    }

    /// What a table is called in the database. The name is stored, so it is not that of the case.
    static func name(of table: Table) -> String { "rows_\(table.rawValue)" }

    /// Whether the rows of a table are found by one number, made of the account's and the group's.
    static func isNumbered(_ table: Table) -> Bool { table == .chain }

    /// Whether a table can have a row with this key.
    static func fits(_ key: RowKey, _ table: Table) -> Bool {
        !isNumbered(table) || (key.item == 0 && UInt32(exactly: key.group) != nil)
    }
}
