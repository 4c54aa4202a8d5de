// A store that is replaced by an older copy of itself is recognised, and an honest one never is taken for one.

import Foundation
import TernCore
import TernStore
import Testing

@Suite struct GenerationTests {
    let folder: Folder
    let alice: BareJID

    init() throws {
        folder = try Folder()
        alice = try BareJID("alice@example.org")
        let file = try StoreFile.create(at: folder.store)
        try file.create(account: alice, at: Timestamp(milliseconds: 7)) { _ in }
    }

    private func write(times: Int = 1) throws {
        let store = try StoreFile.open(at: folder.store).account(alice)
        for time in 0..<times {
            try store.write { transaction throws(StoreError) in
                try transaction.put([UInt8(time % 256)].span, .setting, RowKey(1))
            }
        }
    }

    private func copy(_ name: String, to target: String) throws {
        let (from, to) = (folder.store + "/" + name, folder.path + "/" + target)
        try FileManager.default.copyItem(atPath: from, toPath: to)
    }

    private func putBack(_ source: String, _ name: String) throws {
        try FileManager.default.removeItem(atPath: folder.store + "/" + name)
        try FileManager.default.copyItem(atPath: folder.path + "/" + source, toPath: folder.store + "/" + name)
    }

    @Test(arguments: [1, 2, 600])
    func anOlderCopy(_ times: Int) throws {
        try copy("store.db", to: "old")
        try write(times: times)
        try putBack("old", "store.db")
        #expect(throws: StoreError.rolledBack) { try StoreFile.open(at: folder.store) }
        _ = try StoreFile.open(at: folder.store, acceptingRollback: true)
        // accepted once and for all
        try write()
        try putBack("old", "store.db")
        #expect(throws: StoreError.rolledBack) { try StoreFile.open(at: folder.store) }
    }

    @Test func aLogThatWasTakenAway() throws {
        let file = try StoreFile.open(at: folder.store)
        try file.account(alice).write { transaction throws(StoreError) in
            try transaction.put([1].span, .setting, RowKey(1))
        }
        let copy = folder.path + "/copy"
        try FileManager.default.copyItem(atPath: folder.store, toPath: copy)
        _ = try StoreFile.open(at: copy)
        try FileManager.default.removeItem(atPath: copy)
        try FileManager.default.copyItem(atPath: folder.store, toPath: copy)
        try FileManager.default.removeItem(atPath: copy + "/store.db-wal")
        #expect(throws: StoreError.rolledBack) { try StoreFile.open(at: copy) }
    }

    @Test func aBoundThatIsMissingOrTorn() throws {
        let path = folder.store + "/generation"
        for bytes in [nil, [], [1, 2, 3], [UInt8](repeating: 0xff, count: 16)] as [[UInt8]?] {
            try FileManager.default.removeItem(atPath: path)
            if let bytes {
                #expect(
                    FileManager.default.createFile(
                        atPath: path, contents: Data(bytes), attributes: [.posixPermissions: 0o600]))
            }
            try write()
        }
    }
}
