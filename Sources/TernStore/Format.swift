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
    package static let current = Format(steps: [firstVersion])

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
        + Table.allCases.map { table in
            """
            CREATE TABLE \(name(of: table)) (account INTEGER NOT NULL, grp INTEGER NOT NULL, item INTEGER NOT NULL,
            row BLOB NOT NULL, PRIMARY KEY (account, grp, item)) WITHOUT ROWID
            """
        }

    /// What a table is called in the database. The name is stored, so it is not that of the case.
    static func name(of table: Table) -> String { "rows_\(table.rawValue)" }
}
