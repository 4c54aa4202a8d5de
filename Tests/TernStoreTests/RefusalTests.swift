// What is not opened: what others can read, what another process holds, what is damaged, foreign, newer or sealed. And
// that nothing is changed by the refusal.

import Foundation
import Glibc
import TernCore
import TernCrypto
import TernStore
import Testing

@Suite struct RefusalTests {
    let folder: Folder
    let alice: BareJID

    init() throws {
        folder = try Folder()
        alice = try BareJID("alice@example.org")
        let file = try StoreFile.create(at: folder.store)
        try file.create(account: alice, at: Timestamp(milliseconds: 7)) { transaction throws(StoreError) in
            for item in 1...100 {
                try transaction.put([UInt8](repeating: 5, count: 80).span, .chain, RowKey(Int64(item)))
            }
        }
        file.close()
    }

    private func opening(
        _ error: StoreError, _ key: consuming StoreKey? = nil, _ line: SourceLocation = #_sourceLocation
    ) {
        let before = folder.image()
        do {
            _ = try StoreFile.open(at: folder.store, key: key)
            Issue.record("opened", sourceLocation: line)
        } catch let refusal {
            #expect(refusal == error, sourceLocation: line)
        }
        #expect(folder.image() == before, sourceLocation: line)
    }

    private func change(_ file: String, _ body: (inout [UInt8]) -> Void) throws {
        let path = folder.store + "/" + file
        var bytes = [UInt8](try #require(FileManager.default.contents(atPath: path)))
        body(&bytes)
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: bytes)
        try handle.close()
    }

    @Test(arguments: ["", "/store.db", "/lock", "/generation"], [0o740, 0o604, 0o620])
    func whatOthersCanRead(_ name: String, _ mode: mode_t) throws {
        #expect(unsafe chmod(folder.store + name, mode | (name.isEmpty ? 0o700 : 0)) == 0)
        opening(.exposed)
    }

    @Test func filesAreForTheirOwnerAlone() throws {
        let before = umask(0)
        defer { umask(before) }
        let other = folder.path + "/a/b/store"
        let file = try StoreFile.create(at: other)
        try file.create(account: alice, at: Timestamp(milliseconds: 7)) { _ in }
        for name in ["", "/store.db", "/store.db-wal", "/lock", "/generation"] {
            var status = stat()
            #expect(unsafe lstat(other + name, &status) == 0)
            #expect(status.st_mode & 0o7777 == (name.isEmpty ? 0o700 : 0o600), "\(name)")
        }
    }

    @Test func symbolicLinks() throws {
        let link = folder.path + "/link"
        #expect(unsafe symlink(folder.store, link) == 0)
        #expect(throws: StoreError.exposed) { try StoreFile.open(at: link) }
        #expect(throws: StoreError.exposed) { try StoreFile.open(at: link + "/") }
        #expect(throws: StoreError.exposed) { try StoreFile.create(at: link) }
        let database = folder.store + "/store.db"
        #expect(unsafe rename(database, folder.path + "/elsewhere") == 0)
        #expect(unsafe symlink(folder.path + "/elsewhere", database) == 0)
        opening(.exposed)
    }

    @Test func missing() throws {
        #expect(throws: StoreError.missing) { try StoreFile.open(at: folder.path + "/none") }
        let empty = folder.path + "/empty"
        #expect(unsafe mkdir(empty, 0o700) == 0)
        #expect(throws: StoreError.missing) { try StoreFile.open(at: empty) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: empty).isEmpty)
        #expect(throws: StoreError.exists) { try StoreFile.create(at: folder.store) }
        let file = try StoreFile.open(at: folder.store)
        #expect(throws: StoreError.missing) { try file.account(try BareJID("bob@example.org")) }
        #expect(throws: StoreError.missing) { try file.delete(try BareJID("bob@example.org")) }
        #expect(throws: TransactionError<Never>.store(.exists)) {
            try file.create(account: alice, at: Timestamp(milliseconds: 7)) { _ throws(Never) in }
        }
    }

    @Test func damaged() throws {
        try change("store.db") { $0[0] ^= 1 }
        opening(.damaged)
        try change("store.db") { $0[0] ^= 1 }
        try change("store.db") { $0[71] ^= 1 }  // application_id
        opening(.damaged)
        try change("store.db") { $0[71] ^= 1 }
        try change("store.db") { $0 = Array($0[..<50]) }
        opening(.damaged)
        try change("store.db") { $0 = [] }
        opening(.damaged)
        #expect(throws: StoreError.damaged) { try StoreFile.create(at: folder.store) }
    }

    @Test func truncatedAndScribbled() throws {
        try change("store.db") { $0 = Array($0[..<($0.count / 2)]) }
        #expect(throws: StoreError.damaged) { try StoreFile.open(at: folder.store) }
        try change("store.db") { $0 += [UInt8](repeating: 0xff, count: $0.count) }
        do {
            let file = try StoreFile.open(at: folder.store)
            #expect(try !file.check().isSound)
        } catch {
            #expect(error == .damaged)
        }
    }

    @Test func newer() throws {
        try change("store.db") { $0[63] = 99 }  // user_version
        opening(.newer(version: 99))
    }

    @Test func newerInTheLog() throws {
        let next = Format(steps: Format.current.steps + [["CREATE TABLE later (number INTEGER)"]])
        let copy = folder.path + "/copy"
        do {
            let file = try StoreFile.open(
                at: folder.store, key: nil, lockTimeout: .zero, acceptingRollback: false, format: next,
                durability: .full)
            // as a crash leaves it: the later version is in the log alone
            try FileManager.default.copyItem(atPath: folder.store, toPath: copy)
            file.close()
        }
        let before = Folder.image(of: copy)
        #expect(throws: StoreError.newer(version: next.version)) { try StoreFile.open(at: copy) }
        #expect(Folder.image(of: copy) == before)
    }

    @Test func anUnsealedStoreInPlaceOfASealedOne() {
        opening(.wrongKey, .passphrase(SecretBytes(copying: [1, 2, 3])))
    }

    @Test func heldByThisProcess() throws {
        let file = try StoreFile.open(at: folder.store)
        #expect(throws: StoreError.held(process: getpid())) { try StoreFile.open(at: folder.store) }
        file.close()
        #expect(throws: StoreError.failing(code: EBADF)) { try file.accounts() }
    }

    @Test func heldByAnother() throws {
        let process = Process()
        process.executableURL = URL(filePath: Rig.path)
        process.arguments = ["hold", folder.store]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        #expect(try output.fileHandleForReading.read(upToCount: 5) == Data("open\n".utf8))
        opening(.held(process: process.processIdentifier))
        let start = ContinuousClock.now
        #expect(throws: StoreError.held(process: process.processIdentifier)) {
            try StoreFile.open(at: folder.store, lockTimeout: .milliseconds(200))
        }
        #expect(ContinuousClock.now - start >= .milliseconds(200))
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        _ = try StoreFile.open(at: folder.store)
    }
}
