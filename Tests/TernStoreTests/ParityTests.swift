// A store in memory and one on the disk, sealed or not, behave alike: each is held against a plain dictionary.

import TernCore
import TernCrypto
import TernStore
import Testing

@Suite struct ParityTests {
    @Test(arguments: [1, 2, 3])
    func memory(_ seed: UInt64) throws {
        try Trial(seed: seed).run(on: { MemoryStore() }, again: { MemoryStore() }, rounds: 150)
    }

    @Test(arguments: [1, 2, 3], [false, true])
    func disk(_ seed: UInt64, _ isSealed: Bool) throws {
        let folder = try Folder()
        let alice = try BareJID("alice@example.org")
        func make() throws -> AccountStore {
            let file =
                if isSealed {
                    try StoreFile.create(at: folder.store, sealing: Sealing(try key()))
                } else {
                    try StoreFile.create(at: folder.store)
                }
            // other accounts have rows under the same keys
            for name in ["first", "alice", "third"] {
                try file.create(account: try BareJID("\(name)@example.org"), at: Timestamp(milliseconds: 0)) {
                    transaction throws(StoreError) in
                    guard name != "alice" else { return }
                    for item in 0..<4 { try transaction.put([9].span, Table.preKey, RowKey(1, Int64(item))) }
                    for group in 0..<6 { try transaction.put([9].span, Table.chain, RowKey(Int64(group))) }
                }
            }
            return try file.account(alice)
        }
        try Trial(seed: seed).run(
            on: make,
            again: {
                let file = try StoreFile.open(
                    at: folder.store, key: isSealed ? try key() : nil, lockTimeout: .seconds(5))
                return try file.account(alice)
            }, rounds: 150)
    }

    private func key() throws -> StoreKey {
        .file(try Secret<32>(copying: [UInt8](repeating: 7, count: 32)))
    }
}

/// Random operations on a store, and the same on dictionaries.
private struct Trial {
    var random: SplitMix

    struct Model: Equatable {
        var rows: [Place: [UInt8]] = [:]
        var numbers: [BareJID: Int64] = [:]
        /// The last number that was not undone: what was undone is forgotten with the process.
        var lastNumber: Int64 = 0
    }

    struct Place: Hashable {
        let table: Table
        let key: RowKey
    }

    struct Undone: Error {}

    init(seed: UInt64) {
        random = SplitMix(state: seed)
    }

    /// `again` ends the use of a store and begins another of the same rows.
    func run<S: Store>(on make: () throws -> S, again: () throws -> S, rounds: Int) throws {
        var random = random
        var store: S? = try make()
        var model = Model()
        var last: Int64 = 0
        for round in 0..<rounds {
            if round % 30 == 29, !(store is MemoryStore) {
                store = nil
                store = try again()
                last = model.lastNumber
            }
            let before = model
            let isUndone = random.below(4) == 0
            do throws(TransactionError<any Error>) {
                guard let store else { return }
                try store.write { transaction throws(any Error) in
                    for _ in 0..<random.below(12) {
                        try operate(&transaction, &model, &last, &random, depth: 0)
                    }
                    if isUndone { throw Undone() }
                }
                #expect(!isUndone)
            } catch {
                guard case .refused(let refused) = error, refused is Undone else { throw error }
                #expect(isUndone)
                model = before
            }
        }
    }

    private func operate<T: StoreTransaction>(
        _ transaction: inout T, _ model: inout Model, _ last: inout Int64, _ random: inout SplitMix, depth: Int
    ) throws {
        let tables: [Table] = [.setting, .preKey, .chain, .inbox]
        let table = tables[random.below(4)]
        let key =
            if table == .chain {
                RowKey(Int64(random.below(6)))
            } else {
                RowKey(Int64(random.below(3)) - 1, Int64(random.below(4)))
            }
        let place = Place(table: table, key: key)
        let jid = try BareJID("friend\(random.below(5))@example.org")
        switch random.below(10) {
        case 0, 1, 2:
            let row = (0..<random.below(200)).map { _ in UInt8(random.below(256)) }
            try transaction.put(row.span, table, key)
            model.rows[place] = row
        case 3:
            try transaction.remove(table, key)
            model.rows[place] = nil
        case 4:
            #expect(try transaction.row(table, key)?.exposed() == model.rows[place])
        case 5:
            let keys = model.rows.keys.filter { $0.table == table && $0.key.group == key.group }.map(\.key).sorted()
            #expect(try transaction.keys(table, in: key.group) == keys)
        case 6:
            #expect(try transaction.keys(table) == model.rows.keys.filter { $0.table == table }.map(\.key).sorted())
        case 7:
            let number = try transaction.addNumber(of: jid)
            if let known = model.numbers[jid] {
                #expect(number == known)
            } else {
                #expect(number > last)
                last = number
                model.numbers[jid] = number
                model.lastNumber = number
            }
        case 8:
            if random.below(3) == 0 {
                try transaction.removeNumber(of: jid)
                model.numbers[jid] = nil
            }
            #expect(try transaction.number(of: jid) == model.numbers[jid])
            let numbers = try transaction.numbers()
            #expect(numbers.map(\.number) == model.numbers.values.sorted())
            #expect(numbers.allSatisfy { model.numbers[$0.jid] == $0.number })
        default:
            guard depth < 3 else { return }
            let before = model
            let isUndone = random.below(2) == 0
            do throws(TransactionError<any Error>) {
                try transaction.nested { part throws(any Error) in
                    for _ in 0..<random.below(6) { try operate(&part, &model, &last, &random, depth: depth + 1) }
                    if isUndone { throw Undone() }
                }
            } catch {
                guard case .refused(let refused) = error, refused is Undone else { throw error }
                model = before
            }
        }
    }
}

/// Numbers that follow from a seed.
private struct SplitMix {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int((z ^ (z >> 31)) % UInt64(bound))
    }
}
