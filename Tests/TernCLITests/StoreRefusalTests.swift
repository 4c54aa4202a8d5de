// Stores that are not to be opened, and accounts that are not to be made: each has its exit code and a hint.

import Foundation
import Glibc
import Testing

@Suite struct StoreRefusalTests {
    private let stores: Stores

    init() throws {
        stores = try Stores()
    }

    private static let commands = [
        ["account", "list"], ["contact", "list"], ["bundle", "show"], ["omemo", "status"], ["doctor"],
        ["account", "create", "x@example.org"],
    ]

    @Test(arguments: commands)
    func aStoreThatOthersCanReadIsExit16(_ command: [String]) throws {
        unsafe chmod(stores.path("a/store.db"), 0o640)
        #expect(try stores.tern("a", command).status == 16)
        unsafe chmod(stores.path("a/store.db"), 0o600)
        unsafe chmod(stores.path("a"), 0o755)
        let finished = try stores.tern("a", command)
        #expect(finished.status == 16)
        #expect((finished.output + finished.errors).contains("the store is not its owner's alone"))
    }

    @Test(arguments: commands)
    func aStoreOfANewerVersionIsExit9(_ command: [String]) throws {
        let place = URL(filePath: stores.path("a/store.db"))
        let handle = try FileHandle(forUpdating: place)
        // SQLite's user_version
        try handle.seek(toOffset: 60)
        try handle.write(contentsOf: Data([0, 0, 0, 99]))
        try handle.close()
        let finished = try stores.tern("a", command)
        #expect(finished.status == 9)
        #expect((finished.output + finished.errors).contains("newer version 99"))
    }

    @Test(arguments: commands)
    func aStoreThatAnotherProcessHoldsIsExit8WithItsNumber(_ command: [String]) throws {
        let descriptor = unsafe open(stores.path("a/lock"), O_RDWR)
        #expect(descriptor >= 0)
        defer { close(descriptor) }
        var whole = flock(l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: 0, l_len: 0, l_pid: 0)
        #expect(unsafe fcntl(descriptor, F_SETLK, &whole) == 0)
        let finished = try stores.tern("a", command + ["--lock-timeout", "0"])
        #expect(finished.status == 8)
        #expect((finished.output + finished.errors).contains("process \(getpid()) holds the store"))
    }

    @Test func doctorNamesWhatIsWrong() throws {
        unsafe chmod(stores.path("a"), 0o755)
        #expect(try stores.tern("a", ["doctor"]).output.contains("error  permissions: "))
        try FileManager.default.removeItem(atPath: stores.path("b/store.db"))
        #expect(try stores.tern("b", ["doctor"]).status == 9)
        #expect(try Command.tern(["--store", "memory:", "doctor"]).status == 2)
    }

    @Test func nothingIsAskedWithoutATerminal() throws {
        let finished = try stores.tern("a", ["account", "delete", "alice@example.org", "--no-input"])
        #expect(finished.status == 2)
        #expect(try stores.tern("a", ["account", "list"]).outputLines.count == 1)
    }
}
