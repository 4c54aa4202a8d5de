// A sealed store: what it tells, what opens it, and that no row can be put in the place of another.

import CSQLite
import Foundation
import TernCore
import TernCrypto
import TernStore
import Testing

@Suite struct SealingTests {
    let folder: Folder
    let alice: BareJID
    let bob: BareJID
    let plaintext = Array("attack at dawn, the seventh of May".utf8)

    init() throws {
        folder = try Folder()
        alice = try BareJID("alice@wonderland.example")
        bob = try BareJID("bob@builder.example")
    }

    private func key(_ byte: UInt8 = 7) throws -> StoreKey {
        .file(try Secret<32>(copying: [UInt8](repeating: byte, count: 32)))
    }

    private func make(_ sealing: consuming Sealing) throws {
        let file = try StoreFile.create(at: folder.store, sealing: sealing)
        try file.create(account: alice, at: Timestamp(milliseconds: 7)) { transaction throws(StoreError) in
            try transaction.put(plaintext.span, .setting, RowKey(1))
            try transaction.put(Array("another".utf8).span, .setting, RowKey(2))
            _ = try transaction.addNumber(of: bob)
        }
        #expect(!folder.contains(Array(plaintext.prefix(8))))
    }

    private func read(_ key: consuming StoreKey) throws -> [UInt8]? {
        let file = try StoreFile.open(at: folder.store, key: key)
        #expect(file.isSealed)
        #expect(try file.accounts().map(\.jid) == [alice])
        return try file.account(alice).write { transaction throws(StoreError) in
            guard try transaction.numbers().map(\.jid) == [bob] else { throw .damaged }
            return try transaction.row(.setting, RowKey(1))?.exposed()
        }
    }

    @Test func tellsNothing() throws {
        try make(Sealing(try key()))
        #expect(try read(try key()) == plaintext)
        for text in ["attack", "dawn", "alice", "wonderland", "bob", "builder"] {
            #expect(!folder.contains(Array(text.utf8)), "\(text)")
        }
        // the search finds what is there
        #expect(folder.contains(Array("rows_1".utf8)))
    }

    @Test func anotherKey() throws {
        try make(Sealing(try key()))
        let before = folder.image()
        #expect(throws: StoreError.sealed) { try StoreFile.open(at: folder.store) }
        #expect(throws: StoreError.wrongKey) { try StoreFile.open(at: folder.store, key: try key(8)) }
        #expect(throws: StoreError.wrongKey) {
            try StoreFile.open(at: folder.store, key: .passphrase(SecretBytes(copying: [1])))
        }
        #expect(folder.image()["store.db"] == before["store.db"])
    }

    @Test func anotherPassphrase() throws {
        func passphrase(_ text: String) -> StoreKey { .passphrase(SecretBytes(copying: Array(text.utf8))) }
        try make(Sealing(passphrase("sesame"), cost: .least))
        #expect(try read(passphrase("sesame")) == plaintext)
        do {
            let file = try StoreFile.open(at: folder.store, key: passphrase("sesame"))
            try file.seal(Sealing(passphrase("open"), cost: PasswordKey.Cost(passes: 2, kibibytes: 64)))
        }
        #expect(throws: StoreError.wrongKey) { try StoreFile.open(at: folder.store, key: passphrase("sesame")) }
        #expect(try read(passphrase("open")) == plaintext)
        do {
            let file = try StoreFile.open(at: folder.store, key: passphrase("open"))
            try file.seal(Sealing(try key()))
        }
        #expect(try read(try key()) == plaintext)
    }

    @Test(arguments: [UInt32(0), 1 << 30])
    func aCostThatNobodyCanPay(_ kibibytes: UInt32) throws {
        try make(Sealing(.passphrase(SecretBytes(copying: [1])), cost: .least))
        let number = String(kibibytes, radix: 16)
        let padded = String(repeating: "0", count: 8 - number.count) + number
        try sql(
            "UPDATE store SET value = CAST(substr(value, 1, 5) || x'\(padded)' || substr(value, 10) AS BLOB) WHERE name = 'key'"
        )
        #expect(throws: StoreError.damaged) {
            try StoreFile.open(at: folder.store, key: .passphrase(SecretBytes(copying: [1])))
        }
    }

    @Test(arguments: [
        "UPDATE rows_1 SET row = (SELECT row FROM rows_1 WHERE grp = 2) WHERE grp = 1",
        "INSERT INTO rows_2 SELECT * FROM rows_1", "INSERT INTO rows_1 SELECT 2, grp, item, row FROM rows_1",
        "UPDATE rows_1 SET item = 1", "UPDATE rows_1 SET row = substr(row, 1, 30)", "UPDATE rows_1 SET row = x''",
        "UPDATE rows_1 SET row = 'text'",
    ])
    func aMovedRow(_ change: String) throws {
        try make(Sealing(try key()))
        do {
            let file = try StoreFile.open(at: folder.store, key: try key())
            try file.create(account: bob, at: Timestamp(milliseconds: 8)) { _ in }
        }
        try sql(change)
        let file = try StoreFile.open(at: folder.store, key: try key())
        let health = try file.check()
        #expect(health.isSound)
        #expect(health.unreadableRows > 0)
        #expect(health.unreadableRows < 4)
    }

    /// What somebody else has put into the database does nothing.
    @Test func aTriggerThatKeepsRowsAsTheyWere() throws {
        try make(Sealing(try key()))
        func write(_ byte: UInt8) throws -> [UInt8]? {
            let file = try StoreFile.open(at: folder.store, key: try key())
            return try file.account(alice).write { transaction throws(StoreError) in
                try transaction.put([byte].span, .chain, RowKey(1))
                return try transaction.row(.chain, RowKey(1))?.exposed()
            }
        }
        #expect(try write(1) == [1])
        try sql("CREATE TRIGGER frozen BEFORE INSERT ON rows_9 BEGIN SELECT RAISE(IGNORE); END")
        #expect(try write(2) == [2])
    }

    @Test(arguments: ["9223372036854775807", "-1"]) func aCountThatNobodyReaches(_ count: String) throws {
        try make(Sealing(try key()))
        try sql("UPDATE store SET value = \(count) WHERE name = 'generation'")
        #expect(throws: StoreError.damaged) { try StoreFile.open(at: folder.store, key: try key()) }
    }

    @Test func swappedAddresses() throws {
        try make(Sealing(try key()))
        try sql("UPDATE address SET number = number + 1")
        let file = try StoreFile.open(at: folder.store, key: try key())
        let store = try file.account(alice)
        #expect(throws: TransactionError<StoreError>.refused(.damaged)) {
            try store.write { transaction throws(StoreError) in _ = try transaction.number(of: bob) }
        }
    }

    /// Changes the database behind the store's back.
    private func sql(_ text: String) throws {
        var handle: OpaquePointer?
        #expect(unsafe sqlite3_open(folder.store + "/store.db", &handle) == SQLITE_OK)
        #expect(unsafe sqlite3_exec(handle, text, nil, nil, nil) == SQLITE_OK)
        unsafe sqlite3_close(handle)
    }
}
