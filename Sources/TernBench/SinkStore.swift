// Owns a store that stops keeping what is written, so that what a message costs is seen without what storing it costs.

internal import Synchronization
internal import TernCore
internal import TernCrypto

/// Rows in memory; once it is closed, changes are thrown away.
final class SinkStore: Store {
    private let rows = MemoryStore()
    private let isClosed = Atomic(false)

    /// Throws changes away from now on.
    func close() {
        isClosed.store(true, ordering: .relaxed)
    }

    func write<Result, Failure: Error>(
        _ body: (inout Transaction) throws(Failure) -> Result
    ) throws(TransactionError<Failure>) -> Result {
        let keeps = !isClosed.load(ordering: .relaxed)
        return try rows.write { rows throws(Failure) in
            var transaction = Transaction(rows: rows, keeps: keeps)
            defer { rows = transaction.rows }
            return try body(&transaction)
        }
    }

    struct Transaction: StoreTransaction {
        fileprivate var rows: MemoryStore.Transaction
        fileprivate let keeps: Bool

        func row(_ table: Table, _ key: RowKey) throws(StoreError) -> SecretBytes? { try rows.row(table, key) }

        mutating func put(_ row: Span<UInt8>, _ table: Table, _ key: RowKey) throws(StoreError) {
            if keeps { try rows.put(row, table, key) }
        }

        mutating func remove(_ table: Table, _ key: RowKey) throws(StoreError) {
            if keeps { try rows.remove(table, key) }
        }

        func keys(_ table: Table, in group: Int64) throws(StoreError) -> [RowKey] { try rows.keys(table, in: group) }

        func keys(_ table: Table) throws(StoreError) -> [RowKey] { try rows.keys(table) }

        func number(of jid: BareJID) throws(StoreError) -> Int64? { try rows.number(of: jid) }

        mutating func addNumber(of jid: BareJID) throws(StoreError) -> Int64 { try rows.addNumber(of: jid) }

        func numbers() throws(StoreError) -> [(jid: BareJID, number: Int64)] { try rows.numbers() }

        mutating func removeNumber(of jid: BareJID) throws(StoreError) { try rows.removeNumber(of: jid) }

        mutating func nested<Result, Failure: Error>(
            _ body: (inout Self) throws(Failure) -> Result
        ) throws(TransactionError<Failure>) -> Result {
            do throws(Failure) {
                return try body(&self)
            } catch {
                throw .refused(error)
            }
        }
    }
}
