// Owns stores for the tests of one suite: made once, copied for each test that changes them.

import Foundation

/// A folder with the stores `a` of alice@example.org, device 1, and `b` of bob@example.org, device 2.
final class Stores: Sendable {
    let folder: URL

    /// Copies of stores that were made once.
    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "tern-\(UUID().uuidString)")
        let made = try Stores.made.get()
        try FileManager.default.copyItem(at: made.folder, to: folder)
    }

    private init(making accounts: [(String, String, Int)]) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "tern-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        for (name, jid, device) in accounts {
            let finished = try tern(name, ["account", "create", jid, "--device", String(device)])
            guard finished.status == 0 else { throw CocoaError(.fileWriteUnknown) }
        }
        for name in ["b", "c"] {
            let output = try tern(name, ["bundle", "show"]).output
            try Data(output.utf8).write(to: folder.appending(path: "\(name).xml"))
        }
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    /// Runs a command on a store.
    @discardableResult
    func tern(_ store: String, _ arguments: [String], input: String = "") throws -> Finished {
        try tern(store, arguments, input: Data(input.utf8))
    }

    /// Runs a command on a store.
    func tern(_ store: String, _ arguments: [String], input: Data) throws -> Finished {
        try Command.tern(["--store", path(store)] + arguments, input: input)
    }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    /// What `bundle show` prints for Bob's device 2, or for the one that somebody else made under the same number.
    func published(_ name: String = "b") throws -> [String] {
        try String(contentsOfFile: path("\(name).xml"), encoding: .utf8).split(separator: "\n").map(String.init)
    }

    private static let made: Result<Stores, any Error> = Result {
        try Stores(making: [
            ("a", "alice@example.org", 1), ("b", "bob@example.org", 2), ("c", "bob@example.org", 2),
        ])
    }
}
