// A store on the disk: what was written is there when it is opened again.

import Glibc
import TernCore
import TernCrypto
import TernStore
import Testing

@Suite struct StoreFileTests {
    @Test func opensAgain() throws {
        let folder = try Folder()
        let alice = try BareJID("alice@example.org")
        do {
            let file = try StoreFile.create(at: folder.store)
            try file.create(account: alice, at: Timestamp(milliseconds: 7)) { transaction throws(StoreError) in
                try transaction.put([1, 2, 3].span, .setting, RowKey(1))
            }
        }
        let file = try StoreFile.open(at: folder.store)
        #expect(try file.accounts().map(\.jid) == [alice])
        let row = try file.account(alice).write { transaction throws(StoreError) in
            try transaction.row(.setting, RowKey(1))?.exposed()
        }
        #expect(row == [1, 2, 3])
    }

    /// A key that such a table cannot hold would be another account's row.
    @Test(arguments: [RowKey(1, 1), RowKey(-1), RowKey(1 << 32), RowKey(1 << 32 | 1)])
    func chainsHaveOneNumber(_ key: RowKey) throws {
        let folder = try Folder()
        let file = try StoreFile.create(at: folder.store)
        for name in ["a", "b", "c"] {
            try file.create(account: try BareJID("\(name)@example.org"), at: Timestamp(milliseconds: 0)) {
                transaction throws(StoreError) in
                try transaction.put([9].span, Table.chain, RowKey(1))
            }
        }
        let store = try file.account(try BareJID("b@example.org"))
        #expect(throws: TransactionError<StoreError>.refused(.backend(code: 25))) {
            try store.write { transaction throws(StoreError) in try transaction.put([1].span, .chain, key) }
        }
        try store.write { transaction throws(StoreError) in
            #expect(try transaction.row(.chain, key) == nil)
            #expect(try transaction.keys(.chain, in: key.group) == (key.group == 1 ? [RowKey(1)] : []))
            try transaction.remove(.chain, key)
        }
        for name in ["a", "b", "c"] {
            let row = try file.account(try BareJID("\(name)@example.org")).write { transaction throws(StoreError) in
                try transaction.row(.chain, RowKey(1))?.exposed()
            }
            #expect(row == [9])
        }
    }
}
