// Owns the rows of one account in a store on the disk. It must not know what is in a row.

public import TernCore
public import TernCrypto

/// The rows of one account of a ``StoreFile``, which it holds open.
public final class AccountStore: Store {
    /// The account's number in this store. It is never given to another account.
    public let number: Int64
    private let file: StoreFile

    init(_ number: Int64, in file: StoreFile) {
        self.number = number
        self.file = file
    }

    /// Changes rows, all or none. Durable when it returns.
    public func write<Result, Failure: Error>(
        _ body: (inout Transaction) throws(Failure) -> Result
    ) throws(TransactionError<Failure>) -> Result {
        try file.write(account: number) { rows throws(Failure) in
            var transaction = Transaction(rows, account: number)
            return try body(&transaction)
        }
    }

    /// Rows within one transaction. It means nothing after it.
    public struct Transaction: StoreTransaction {
        private let rows: Rows
        private let account: Int64

        init(_ rows: Rows, account: Int64) {
            self.rows = rows
            self.account = account
        }

        /// A copy of a row.
        public func row(_ table: Table, _ key: RowKey) throws(StoreError) -> SecretBytes? {
            try rows.row(table, place(table, key))
        }

        /// Puts a row.
        public mutating func put(_ row: Span<UInt8>, _ table: Table, _ key: RowKey) throws(StoreError) {
            try rows.put(row, table, place(table, key))
        }

        /// Removes a row.
        public mutating func remove(_ table: Table, _ key: RowKey) throws(StoreError) {
            try rows.remove(table, place(table, key))
        }

        /// The keys of a group.
        public func keys(_ table: Table, in group: Int64) throws(StoreError) -> [RowKey] {
            try rows.keys(table, account: account, group: group)
        }

        /// All keys of a table.
        public func keys(_ table: Table) throws(StoreError) -> [RowKey] {
            try rows.keys(table, account: account, group: nil)
        }

        /// The number of an address.
        public func number(of jid: BareJID) throws(StoreError) -> Int64? {
            try rows.number(of: jid, account: account)
        }

        /// The number of an address, given now where it has none.
        public mutating func addNumber(of jid: BareJID) throws(StoreError) -> Int64 {
            try rows.addNumber(of: jid, account: account)
        }

        /// All addresses with a number, in the order of the numbers.
        public func numbers() throws(StoreError) -> [(jid: BareJID, number: Int64)] {
            try rows.numbers(account: account)
        }

        /// Forgets an address.
        public mutating func removeNumber(of jid: BareJID) throws(StoreError) {
            try rows.removeNumber(of: jid, account: account)
        }

        /// A part that is undone by itself.
        public mutating func nested<Result, Failure: Error>(
            _ body: (inout Self) throws(Failure) -> Result
        ) throws(TransactionError<Failure>) -> Result {
            var part = self
            return try rows.connection.nested { () throws(Failure) in try body(&part) }
        }

        private func place(_ table: Table, _ key: RowKey) -> Place {
            Place(account: account, table: table, key: key)
        }
    }
}
