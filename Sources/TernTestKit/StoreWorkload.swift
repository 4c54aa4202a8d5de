// Owns a fixed sequence of changes to a store, and the picture of a store that two are compared by.
// It must not know which store it is.

public import TernCore
internal import TernCrypto

/// What is done to an account, step by step: the same steps on any store lead to the same picture.
public enum StoreWorkload {
    /// How many steps there are, after the rows that an account is made with.
    public static let steps = 8

    /// The first rows of an account.
    public static func begin(_ transaction: inout some StoreTransaction) throws(StoreError) {
        try transaction.put(bytes(32, 0).span, .setting, RowKey(1))
        for id in 1...20 { try transaction.put(bytes(64, id).span, .preKey, RowKey(2, Int64(id))) }
    }

    /// Step `number`, from 1: rows put, replaced and removed, an address, a part that stays and one that is undone.
    public static func step<T: StoreTransaction>(_ number: Int, _ transaction: inout T) throws(StoreError) {
        let address = try transaction.addNumber(of: jid(number))
        for device in 1...5 { try transaction.put(bytes(83, number).span, .chain, RowKey(Int64(device))) }
        try transaction.put(bytes(40 + number, number).span, .contact, RowKey(address))
        try transaction.remove(.preKey, RowKey(2, Int64(number)))
        // larger than a page, every now and then
        if number % 3 == 0 { try transaction.put(bytes(9_000, number).span, .device, RowKey(address, 7)) }
        try part(&transaction) { part throws(Undone) in
            do throws(StoreError) {
                _ = try part.addNumber(of: try jid(number + 100))
                try part.put(bytes(10, number).span, .outbox, RowKey(1))
            } catch {
                throw .store(error)
            }
            throw .meant
        }
        try part(&transaction) { part throws(Undone) in
            do throws(StoreError) {
                try part.put(bytes(10, number).span, .inbox, RowKey(Int64(number)))
            } catch {
                throw .store(error)
            }
        }
        if number % 4 == 0 { try transaction.removeNumber(of: jid(number - 1)) }
    }

    /// All there is to see of an account.
    public struct Picture: Equatable, Sendable {
        /// Each row, by its table and key.
        public var rows: [String: [UInt8]] = [:]
        /// Each address with its number.
        public var numbers: [String] = []
    }

    /// What a store shows.
    public static func picture(_ transaction: inout some StoreTransaction) throws(StoreError) -> Picture {
        var picture = Picture()
        for table in Table.allCases {
            for key in try transaction.keys(table) {
                picture.rows["\(table.rawValue) \(key.group) \(key.item)"] = try transaction.row(table, key)?.exposed()
            }
        }
        picture.numbers = try transaction.numbers().map { "\($0.number) \($0.jid)" }
        return picture
    }

    /// The pictures after no step, one step, … all steps.
    public static func pictures() throws -> [Picture] {
        let store = MemoryStore()
        return try (0...steps).map { step in
            try store.write { transaction throws(StoreError) in
                try step == 0 ? begin(&transaction) : Self.step(step, &transaction)
                return try picture(&transaction)
            }
        }
    }

    private enum Undone: Error {
        case meant
        case store(StoreError)
    }

    private static func part<T: StoreTransaction>(
        _ transaction: inout T, _ body: (inout T) throws(Undone) -> Void
    ) throws(StoreError) {
        do throws(TransactionError<Undone>) {
            try transaction.nested(body)
        } catch {
            switch error {
            case .refused(.meant): return
            case .refused(.store(let error)), .store(let error): throw error
            }
        }
    }

    private static func jid(_ number: Int) throws(StoreError) -> BareJID {
        do {
            return try BareJID("friend\(number)@example.org")
        } catch {
            throw .damaged
        }
    }

    private static func bytes(_ count: Int, _ seed: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: ($0 &+ 1) &* (2 * seed + 1) &+ seed) }
    }
}
