// Owns what the engine asks of a store: rows, changed all together or not at all. It must not know what is in a row, nor
// how rows are kept.

public import TernCrypto

/// The rows of one account.
///
/// What `write` changed is durable when it returns: it is there after a crash of the process and after a loss of power.
public protocol Store: Sendable {
    /// What ``write(_:)`` lends.
    associatedtype Transaction: StoreTransaction

    /// Changes rows, all or none.
    /// - Parameter body: Where it throws, nothing has changed.
    /// - Throws: ``TransactionError/refused(_:)`` with what `body` threw, ``TransactionError/store(_:)`` where the changes
    ///   could not be made durable.
    func write<Result, Failure: Error>(
        _ body: (inout Transaction) throws(Failure) -> Result
    ) throws(TransactionError<Failure>) -> Result
}

/// Rows as they are within one transaction. Reading sees what was written before.
public protocol StoreTransaction {
    /// A row, in memory that is wiped.
    func row(_ table: Table, _ key: RowKey) throws(StoreError) -> SecretBytes?

    /// Puts a row in place of what was there.
    mutating func put(_ row: Span<UInt8>, _ table: Table, _ key: RowKey) throws(StoreError)

    /// Removes a row, if it is there.
    mutating func remove(_ table: Table, _ key: RowKey) throws(StoreError)

    /// The keys of a group, in their order.
    func keys(_ table: Table, in group: Int64) throws(StoreError) -> [RowKey]

    /// All keys of a table, in their order.
    func keys(_ table: Table) throws(StoreError) -> [RowKey]

    /// The number that stands for an address in row keys.
    func number(of jid: BareJID) throws(StoreError) -> Int64?

    /// The number of an address, given to it now where it has none. Numbers are never given twice.
    mutating func addNumber(of jid: BareJID) throws(StoreError) -> Int64

    /// The addresses that have a number.
    func numbers() throws(StoreError) -> [(jid: BareJID, number: Int64)]

    /// Forgets an address. Rows under its number are the caller's business.
    mutating func removeNumber(of jid: BareJID) throws(StoreError)

    /// A part that is undone by itself where `body` throws, while the rest of the transaction goes on.
    mutating func nested<Result, Failure: Error>(
        _ body: (inout Self) throws(Failure) -> Result
    ) throws(TransactionError<Failure>) -> Result
}

/// Where a row is: two numbers, of which the first gathers rows into groups. Ordered by both.
public struct RowKey: Hashable, Sendable, Comparable {
    /// What the row belongs to: an account's number, a session, …
    public let group: Int64
    /// Which of the group's rows.
    public let item: Int64

    /// A key.
    public init(_ group: Int64, _ item: Int64 = 0) {
        self.group = group
        self.item = item
    }

    /// By group, then by item.
    public static func < (left: RowKey, right: RowKey) -> Bool {
        (left.group, left.item) < (right.group, right.item)
    }
}

/// Why a transaction came to nothing.
public enum TransactionError<Failure: Error>: Error {
    /// Whoever changed rows gave up.
    case refused(Failure)
    /// The store could not.
    case store(StoreError)
}

extension TransactionError: Equatable where Failure: Equatable {}
