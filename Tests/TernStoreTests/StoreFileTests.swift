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
}
