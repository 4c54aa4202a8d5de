// What was removed is in no file of the store after a checkpoint.

import TernCore
import TernStore
import Testing

@Suite struct ErasureTests {
    @Test func removedReplacedAndDeleted() throws {
        let folder = try Folder()
        let alice = try BareJID("alice@example.org")
        let file = try StoreFile.create(at: folder.store)
        try file.create(account: alice, at: Timestamp(milliseconds: 7)) { _ in }
        let store = try file.account(alice)
        func marker(_ number: Int) -> [UInt8] { Array("<marker \(number) of many>".utf8) }
        func row(_ number: Int, _ length: Int) -> [UInt8] {
            marker(number) + [UInt8](repeating: UInt8(number % 256), count: length)
        }
        // pages split, merge and move cells while rows come, grow, shrink and go
        for round in 0..<6 {
            for number in 0..<400 {
                let length = (number * 37 + round * 101) % (number % 50 == 0 ? 9_000 : 200)
                try store.write { transaction throws(StoreError) in
                    try transaction.put(row(number, length).span, .skippedKey, RowKey(Int64(number * 7919 % 400)))
                    if (number + round) % 3 == 0 {
                        try transaction.remove(.skippedKey, RowKey(Int64(number * 7919 % 400)))
                    }
                }
            }
        }
        try file.checkpoint()
        var left = 0
        for number in 0..<400 {
            let isThere = try store.write { transaction throws(StoreError) in
                try transaction.row(.skippedKey, RowKey(Int64(number * 7919 % 400))) != nil
            }
            #expect(folder.contains(marker(number)) == isThere, "\(number)")
            if isThere { left += 1 }
        }
        #expect(left > 100 && left < 400)
        try file.delete(alice)
        for number in 0..<400 { #expect(!folder.contains(marker(number)), "\(number)") }
        #expect(!folder.contains(Array("alice".utf8)))
        #expect(throws: TransactionError<Never>.store(.missing)) { try store.write { _ throws(Never) in } }
    }

    @Test func tenThousandRows() throws {
        let folder = try Folder()
        let alice = try BareJID("alice@example.org")
        do {
            let file = try StoreFile.create(at: folder.store)
            try file.create(account: alice, at: Timestamp(milliseconds: 7)) { transaction throws(StoreError) in
                for number in 0..<10_000 {
                    try transaction.put([UInt8](repeating: 1, count: 83).span, .chain, RowKey(Int64(number)))
                }
            }
        }
        let file = try StoreFile.open(at: folder.store)
        let health = try file.check()
        #expect(health.isSound && health.rows == 10_000 && health.unreadableRows == 0)
    }
}
