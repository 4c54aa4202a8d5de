// Owns rows in the database: how each is found, sealed and opened. It must not know when a transaction begins or ends.

internal import CSQLite
internal import TernCore
internal import TernCrypto

/// The rows of all accounts, within a transaction.
final class Rows: @unchecked Sendable {  // reached inside the connection's `access` alone
    let connection: Connection
    let seal: Seal?
    /// The accounts that there are.
    var accounts: Set<Int64> = []
    /// The highest address number that each account was given, also where that was undone. Of what was undone nothing is
    /// left when a process ends, so it need not be stored.
    private var lastNumbers: [Int64: Int64] = [:]

    init(_ connection: Connection, seal: Seal?) {
        self.connection = connection
        self.seal = seal
    }

    func row(_ table: Table, _ place: Place) throws(StoreError) -> SecretBytes? {
        guard Format.fits(place.key, table) else { return nil }
        // nil: no row; a failure: a row that is no bytes, or not sealed for this place
        let read = try connection.using(.read(table)) { statement throws(SQLiteCode) -> Read in
            Self.bind(statement, place)
            guard try statement.step() else { return .nothing }
            defer { statement.reset() }
            guard let seal else {
                guard let row = statement.withBytes(0, { SecretBytes(copying: $0) }) else { return .damaged }
                return .row(row)
            }
            guard let row = statement.withBytes(0, { try? seal.open($0, at: place) }), let row else { return .damaged }
            return .row(row)
        }
        switch consume read {
        case .nothing: return nil
        case .row(let row): return row
        case .damaged: throw .damaged
        }
    }

    func put(_ row: Span<UInt8>, _ table: Table, _ place: Place) throws(StoreError) {
        guard Format.fits(place.key, table) else { throw SQLiteCode(SQLITE_RANGE).error }
        guard let seal else { return try store(row, table, place) }
        let sealed = try seal.seal(row, at: place)
        try store(sealed.span, table, place)
    }

    func remove(_ table: Table, _ place: Place) throws(StoreError) {
        guard Format.fits(place.key, table) else { return }
        try connection.using(.remove(table), changing: true) { statement throws(SQLiteCode) in
            Self.bind(statement, place)
            try statement.run()
        }
    }

    func keys(_ table: Table, account: Int64, group: Int64?) throws(StoreError) -> [RowKey] {
        if let group, !Format.fits(RowKey(group), table) { return [] }
        return try connection.using(group == nil ? .keys(table) : .keysInGroup(table)) { statement throws(SQLiteCode) in
            statement.bind(1, account)
            if let group { statement.bind(2, group) }
            var keys: [RowKey] = []
            while try statement.step() { keys.append(RowKey(statement.number(0), statement.number(1))) }
            return keys
        }
    }

    func number(of jid: BareJID, account: Int64) throws(StoreError) -> Int64? {
        let name = name(of: jid, account: account)
        let found = try connection.using(.number) { statement throws(SQLiteCode) -> (Int64, isSound: Bool)? in
            statement.bind(1, account)
            statement.bind(2, copying: name.span)
            guard try statement.step() else { return nil }
            defer { statement.reset() }
            let number = statement.number(0)
            return (number, isSound(statement, 1, Place(account: account, address: number), name))
        }
        guard let found else { return nil }
        guard found.isSound else { throw .damaged }
        return found.0
    }

    func addNumber(of jid: BareJID, account: Int64) throws(StoreError) -> Int64 {
        if let number = try number(of: jid, account: account) { return number }
        let last = lastNumbers[account] ?? 0
        let number = try connection.using(.lastNumber, changing: true) { statement throws(SQLiteCode) in
            statement.bind(1, account)
            statement.bind(2, last)
            let number = try statement.step() ? statement.number(0) : 0
            try statement.run()
            return number
        }
        guard number > 0 else { throw .damaged }
        // Not given back by an undo: a number that was seen once means one address for ever.
        lastNumbers[account] = number
        let name = name(of: jid, account: account)
        let sealed = try sealed(jid, Place(account: account, address: number), name)
        try connection.using(.addNumber, changing: true) { statement throws(SQLiteCode) in
            statement.bind(1, account)
            statement.bind(2, copying: name.span)
            statement.bind(3, number)
            statement.bind(4, copying: sealed)
            try statement.run()
        }
        return number
    }

    func numbers(account: Int64) throws(StoreError) -> [(jid: BareJID, number: Int64)] {
        try addresses(.numbers, account: account).map { (jid: $0.jid, number: $0.number) }
    }

    func removeNumber(of jid: BareJID, account: Int64) throws(StoreError) {
        let name = name(of: jid, account: account)
        try connection.using(.removeNumber, changing: true) { statement throws(SQLiteCode) in
            statement.bind(1, account)
            statement.bind(2, copying: name.span)
            try statement.run()
        }
    }

    private enum Read: ~Copyable {
        case nothing
        case row(SecretBytes)
        case damaged
    }

    private func store(_ row: Span<UInt8>, _ table: Table, _ place: Place) throws(StoreError) {
        try connection.using(.put(table), changing: true) { statement throws(SQLiteCode) in
            Self.bind(statement, place)
            try statement.run(4, lending: row)
        }
    }

    private static func bind(_ statement: Statement, _ place: Place) {
        statement.bind(1, place.account)
        statement.bind(2, place.key.group)
        statement.bind(3, place.key.item)
    }
}

extension Rows {
    /// What an address is found by; account 0 stands for the accounts themselves.
    func name(of jid: BareJID, account: Int64) -> [UInt8] {
        let text = Array(jid.description.utf8)
        return seal?.code(of: text.span, account: account) ?? text
    }

    /// What is kept beside the name: the address itself, where the name is only a code of it.
    func sealed(_ jid: BareJID, _ place: Place, _ name: [UInt8]) throws(StoreError) -> [UInt8]? {
        guard let seal else { return nil }
        let text = Array(jid.description.utf8)
        return try seal.seal(text.span, at: place, name: name.span, blockLength: Seal.nameBlock)
    }

    /// Whether a name and a number were put together by this store.
    func isSound(_ statement: Statement, _ column: Int32, _ place: Place, _ name: [UInt8]) -> Bool {
        guard let seal else { return true }
        return statement.withBytes(column) { (try? seal.open($0, at: place, name: name.span)) != nil } ?? false
    }

    /// An address with its number, and what else there is in its row.
    struct Address {
        let jid: BareJID
        let number: Int64
        let created: Int64
    }

    /// All addresses that a query gives: number, name, sealed, created.
    func addresses(_ query: Query, account: Int64) throws(StoreError) -> [Address] {
        let found = try connection.using(query) { statement throws(SQLiteCode) -> [Address?] in
            statement.bind(1, account)
            var found: [Address?] = []
            while try statement.step() {
                let number = statement.number(0)
                let jid = jid(statement, Place(account: account, address: number))
                found.append(jid.map { Address(jid: $0, number: number, created: statement.number(3)) })
            }
            return found
        }
        let addresses = found.compactMap { $0 }
        guard addresses.count == found.count else { throw .damaged }
        return addresses
    }

    private func jid(_ statement: Statement, _ place: Place) -> BareJID? {
        guard let name = statement.withBytes(1, { bytes in bytes.indices.map { bytes[$0] } }) else { return nil }
        var text = name
        if let seal {
            let opened = statement.withBytes(2) { try? seal.open($0, at: place, name: name.span).exposed() }
            guard let opened, let opened else { return nil }
            text = opened
        }
        return String(validating: text, as: UTF8.self).flatMap { try? BareJID($0) }
    }
}
