// Owns the command as one account's owner runs it. It must not know what a strike does to the store.

import Foundation
import TernTestKit

/// Somebody with a store.
struct Party: Sendable {
    let name: String
    /// What the store is opened with.
    let key: [String]

    static let alice = Party(name: "alice@example.org", key: ["--key-file", "key"])
    static let bob = Party(name: "bob@example.org", key: [])

    /// A run that has ended.
    struct Ended {
        let status: Int32
        let output: String
        let errors: String

        /// The lines of JSON.
        var objects: [[String: Any]] {
            output.split(separator: "\n").compactMap { line in
                (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any]
            }
        }
    }

    /// The whole command, to be run where the store's folder is.
    /// - Parameter store: Whether the store is this party's own; else the arguments name one.
    func command(_ arguments: [String], store: Bool = true) -> [String] {
        [Party.program] + arguments + ["--no-input"] + (store ? ["--store", "store"] + key : [])
    }

    /// Runs `tern` in a folder.
    func run(_ arguments: [String], input: String = "", in folder: String, store: Bool = true) throws -> Ended {
        let files = ["input", "output", "errors"].map { "\(folder)/.\($0)" }
        try Data(input.utf8).write(to: URL(filePath: files[0]))
        var program = Program(command(arguments, store: store), in: folder)
        (program.input, program.output, program.errors) = (files[0], files[1], files[2])
        let status = try program.run()
        let texts = files.map { String(decoding: FileManager.default.contents(atPath: $0) ?? Data(), as: UTF8.self) }
        for file in files { try FileManager.default.removeItem(atPath: file) }
        return Ended(status: status, output: texts[1], errors: texts[2])
    }

    /// Encrypts texts, each by itself in one run.
    func encrypt(_ texts: [String], to other: Party, in folder: String) throws -> [String] {
        let input = texts.map { #"{"text":"\#($0)"}"# + "\n" }.joined()
        let ended = try run(["encrypt", "--json-lines", "--to", other.name], input: input, in: folder)
        return ended.objects.flatMap { object in
            (object["stanzas"] as? [[String: Any]] ?? []).compactMap { $0["xml"] as? String }
        }
    }

    /// What each stanza comes to, in one run.
    func decrypt(_ stanzas: [String], from other: Party, in folder: String) throws -> [String] {
        let input = try stanzas.map { stanza in
            let line = try JSONSerialization.data(withJSONObject: ["stanza": stanza])
            return String(decoding: line, as: UTF8.self) + "\n"
        }
        let ended = try run(["decrypt", "--json-lines", "--from", other.name], input: input.joined(), in: folder)
        return ended.objects.map { object in
            object["text"] as? String ?? object["code"] as? String ?? (object["empty"] as? Bool == true ? "empty" : "?")
        }
    }

    /// Beside the tests.
    static let program: String = {
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let beside = URL(filePath: program).deletingLastPathComponent().appending(path: "tern").path
        if FileManager.default.isExecutableFile(atPath: beside) { return beside }
        // the test program may be the toolchain's, with the tests' bundle as an argument
        let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? ""
        return URL(filePath: bundle).deletingLastPathComponent().appending(path: "tern").path
    }()
}
