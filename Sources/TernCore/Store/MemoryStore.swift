// Owns a store that keeps nothing: rows in memory, gone with the process. It must not know what is in a row.

internal import Synchronization
public import TernCrypto

/// Rows in memory that is wiped. Durable is nothing.
public final class MemoryStore: Store {
    private let rows = Mutex(Rows())

    /// An empty store.
    public init() {}

    /// Changes rows, all or none.
    public func write<Result, Failure: Error>(
        _ body: (inout Transaction) throws(Failure) -> Result
    ) throws(TransactionError<Failure>) -> Result {
        try rows.withLock { rows throws(TransactionError<Failure>) in
            var transaction = Transaction(rows)
            let result: Result
            do throws(Failure) {
                result = try body(&transaction)
            } catch {
                transaction.undo(to: 0)
                throw .refused(error)
            }
            return result
        }
    }

    /// All rows, for a comparison: two equal images are equal stores.
    package var image: [Place: [UInt8]] {
        rows.withLock { rows in
            var image: [Place: [UInt8]] = [:]
            for (group, items) in rows.groups {
                for (item, row) in items {
                    image[Place(table: group.table, key: RowKey(group.number, item))] = row.bytes.exposed()
                }
            }
            return image
        }
    }

    /// A second store with the same rows: what a process finds that starts after this one has died.
    package func copy() -> MemoryStore {
        let twin = MemoryStore()
        rows.withLock { rows in
            twin.rows.withLock { copy in
                copy.groups = rows.groups
                copy.numbers = rows.numbers
                copy.lastNumber = rows.lastNumber
            }
        }
        return twin
    }

    /// Rows that are asked for together.
    fileprivate struct Group: Hashable, Sendable {
        let table: Table
        let number: Int64
    }

    /// Where a row lies.
    package struct Place: Hashable, Sendable, Comparable {
        package let table: Table
        package let key: RowKey

        package static func < (left: Place, right: Place) -> Bool {
            (left.table.rawValue, left.key) < (right.table.rawValue, right.key)
        }
    }

    /// A row that is replaced, never changed.
    fileprivate final class Row: Sendable {
        let bytes: SecretBytes

        init(_ bytes: Span<UInt8>) {
            self.bytes = SecretBytes(copying: bytes)
        }
    }

    /// All there is. A class, so that a transaction can be handed on.
    fileprivate final class Rows: @unchecked Sendable {  // reached through the lock alone
        var groups: [Group: [Int64: Row]] = [:]
        var numbers: [BareJID: Int64] = [:]
        var lastNumber: Int64 = 0

        subscript(place: Place) -> Row? {
            get { groups[Group(table: place.table, number: place.key.group)]?[place.key.item] }
            set {
                let group = Group(table: place.table, number: place.key.group)
                groups[group, default: [:]][place.key.item] = newValue
                if newValue == nil, groups[group]?.isEmpty == true { groups[group] = nil }
            }
        }
    }

    /// A change that can be undone.
    private enum Change {
        case row(Place, Row?)
        case number(BareJID, Int64?)
    }

    /// Rows within one transaction.
    public struct Transaction: StoreTransaction {
        private let rows: Rows
        private var changes: [Change] = []

        fileprivate init(_ rows: Rows) {
            self.rows = rows
        }

        /// A copy of a row.
        public func row(_ table: Table, _ key: RowKey) throws(StoreError) -> SecretBytes? {
            guard let row = rows[Place(table: table, key: key)] else { return nil }
            return row.bytes.withSpan { bytes in SecretBytes(copying: bytes) }
        }

        /// Puts a row.
        public mutating func put(_ row: Span<UInt8>, _ table: Table, _ key: RowKey) throws(StoreError) {
            set(Row(row), Place(table: table, key: key))
        }

        /// Removes a row.
        public mutating func remove(_ table: Table, _ key: RowKey) throws(StoreError) {
            set(nil, Place(table: table, key: key))
        }

        /// The keys of a group.
        public func keys(_ table: Table, in group: Int64) throws(StoreError) -> [RowKey] {
            let items = rows.groups[Group(table: table, number: group)] ?? [:]
            return items.keys.sorted().map { RowKey(group, $0) }
        }

        /// All keys of a table.
        public func keys(_ table: Table) throws(StoreError) -> [RowKey] {
            let groups = rows.groups.filter { $0.key.table == table }
            return groups.flatMap { group in group.value.keys.map { RowKey(group.key.number, $0) } }.sorted()
        }

        /// The number of an address.
        public func number(of jid: BareJID) throws(StoreError) -> Int64? {
            rows.numbers[jid]
        }

        /// The number of an address, given now where it has none.
        public mutating func addNumber(of jid: BareJID) throws(StoreError) -> Int64 {
            if let number = rows.numbers[jid] { return number }
            // Not given back by an undo: a number that was seen once means one address for ever.
            rows.lastNumber += 1
            changes.append(.number(jid, nil))
            rows.numbers[jid] = rows.lastNumber
            return rows.lastNumber
        }

        /// All addresses with a number, in the order of the numbers.
        public func numbers() throws(StoreError) -> [(jid: BareJID, number: Int64)] {
            rows.numbers.map { (jid: $0.key, number: $0.value) }.sorted { $0.number < $1.number }
        }

        /// Forgets an address.
        public mutating func removeNumber(of jid: BareJID) throws(StoreError) {
            changes.append(.number(jid, rows.numbers[jid]))
            rows.numbers[jid] = nil
        }

        /// A part that is undone by itself.
        public mutating func nested<Result, Failure: Error>(
            _ body: (inout Self) throws(Failure) -> Result
        ) throws(TransactionError<Failure>) -> Result {
            let start = changes.count
            do throws(Failure) {
                return try body(&self)
            } catch {
                undo(to: start)
                throw .refused(error)
            }
        }

        private mutating func set(_ row: Row?, _ place: Place) {
            changes.append(.row(place, rows[place]))
            rows[place] = row
        }

        fileprivate mutating func undo(to start: Int) {
            while changes.count > start, let change = changes.popLast() {
                switch change {
                case .row(let place, let before): rows[place] = before
                case .number(let jid, let before): rows.numbers[jid] = before
                }
            }
        }
    }
}
