// Owns the text of the statements that are kept, and where each is kept. It must not know when they are run.

internal import TernCore

/// A statement that is used again and again.
enum Query {
    case begin, commit, rollback
    case savepoint, undoSavepoint, release
    case generation, key
    case accounts, account, addAccount, removeAccount, lastAccount
    case number, addNumber, removeNumber, removeAddresses, numbers, lastNumber
    case read(Table), put(Table), remove(Table), keysInGroup(Table), keys(Table), removeAll(Table)

    /// How many there are.
    static let count = fixed + ofTable * (Table.allCases.count + 1)
    private static let fixed = 19
    private static let ofTable = 6

    /// Which of all it is.
    var slot: Int {
        switch self {
        case .begin: 0
        case .commit: 1
        case .rollback: 2
        case .savepoint: 3
        case .undoSavepoint: 4
        case .release: 5
        case .generation: 6
        case .account: 7
        case .addAccount: 8
        case .removeAccount: 9
        case .lastAccount: 10
        case .number: 11
        case .addNumber: 12
        case .removeNumber: 13
        case .numbers: 14
        case .lastNumber: 15
        case .accounts: 16
        case .removeAddresses: 17
        case .key: 18
        case .read(let table): Self.slot(table, 0)
        case .put(let table): Self.slot(table, 1)
        case .remove(let table): Self.slot(table, 2)
        case .keysInGroup(let table): Self.slot(table, 3)
        case .keys(let table): Self.slot(table, 4)
        case .removeAll(let table): Self.slot(table, 5)
        }
    }

    /// What it says.
    var sql: String {
        switch self {
        case .begin: "BEGIN IMMEDIATE"
        case .commit: "COMMIT"
        case .rollback: "ROLLBACK"
        case .savepoint: "SAVEPOINT part"
        case .undoSavepoint: "ROLLBACK TO part"
        case .release: "RELEASE part"
        case .generation: "UPDATE store SET value = ?1 WHERE name = 'generation'"
        case .key: "UPDATE store SET value = ?1 WHERE name = 'key'"
        case .accounts: "SELECT number, name, sealed, created FROM account WHERE ?1 = 0 ORDER BY number"
        case .account: "SELECT number, sealed FROM account WHERE name = ?1"
        case .addAccount:
            "INSERT INTO account (number, name, sealed, created, last_address) VALUES (?1, ?2, ?3, ?4, 0)"
        case .removeAccount: "DELETE FROM account WHERE number = ?1"
        case .lastAccount: "UPDATE store SET value = value + 1 WHERE name = 'last account' RETURNING value"
        case .number: "SELECT number, sealed FROM address WHERE account = ?1 AND name = ?2"
        case .addNumber: "INSERT INTO address (account, name, number, sealed) VALUES (?1, ?2, ?3, ?4)"
        case .removeNumber: "DELETE FROM address WHERE account = ?1 AND name = ?2"
        case .removeAddresses: "DELETE FROM address WHERE account = ?1"
        case .numbers: "SELECT number, name, sealed, 0 FROM address WHERE account = ?1 ORDER BY number"
        case .lastNumber:
            "UPDATE account SET last_address = max(last_address, ?2) + 1 WHERE number = ?1 RETURNING last_address"
        case .read(let table): "SELECT row FROM \(Format.name(of: table)) WHERE \(Self.place(in: table))"
        case .put(let table) where Format.isNumbered(table):
            "REPLACE INTO \(Format.name(of: table)) (number, row) VALUES (?1 << 32 | ?2, ?4)"
        case .put(let table):
            "REPLACE INTO \(Format.name(of: table)) (account, grp, item, row) VALUES (?1, ?2, ?3, ?4)"
        case .remove(let table): "DELETE FROM \(Format.name(of: table)) WHERE \(Self.place(in: table))"
        case .keysInGroup(let table) where Format.isNumbered(table):
            "SELECT ?2, 0 FROM \(Format.name(of: table)) WHERE number = ?1 << 32 | ?2"
        case .keysInGroup(let table):
            "SELECT grp, item FROM \(Format.name(of: table)) WHERE account = ?1 AND grp = ?2 ORDER BY item"
        case .keys(let table) where Format.isNumbered(table):
            """
            SELECT number & 0xffffffff, 0 FROM \(Format.name(of: table)) WHERE \(Self.account(in: table)) ORDER BY number
            """
        case .keys(let table):
            "SELECT grp, item FROM \(Format.name(of: table)) WHERE \(Self.account(in: table)) ORDER BY grp, item"
        case .removeAll(let table): "DELETE FROM \(Format.name(of: table)) WHERE \(Self.account(in: table))"
        }
    }

    private static func place(in table: Table) -> String {
        Format.isNumbered(table) ? "number = ?1 << 32 | ?2 AND ?3 = 0" : "account = ?1 AND grp = ?2 AND item = ?3"
    }

    private static func account(in table: Table) -> String {
        Format.isNumbered(table) ? "number >= ?1 << 32 AND number < ?1 + 1 << 32" : "account = ?1"
    }

    private static func slot(_ table: Table, _ which: Int) -> Int { fixed + table.rawValue * ofTable + which }
}
