// A command whose store is held by `tern rpc` goes there, and does what it would have done itself.

import Foundation
import TernJSON
import Testing

@Suite struct ForwardingTests {
    private let stores: Stores

    init() throws { stores = try Stores() }

    @Test func streamsAndExitCodesAreThoseOfTheCommandItself() throws {
        let holder = try Caller(stores, "a")
        let items = try stores.published().joined(separator: "\n")
        let imported = try stores.tern("a", ["bundle", "import", "--from", "bob@example.org"], input: items)
        #expect(imported.status == 0)
        #expect(imported.outputLines.count == 4)
        #expect(imported.errors.contains("accepted on first use"))
        // a name counts from where the command was started, and the store may be called by another one
        try Data("Hello".utf8).write(to: stores.folder.appending(path: "text"))
        let sealed = try Command.tern(
            ["--store", "./b/../a", "encrypt", "--to", "bob@example.org", "text"], in: stores.folder)
        #expect(sealed.status == 0)
        let opened = try stores.tern("b", ["decrypt", "--from", "alice@example.org"], input: sealed.output)
        #expect(opened.output == "Hello")
        let unknown = try stores.tern("a", ["contact", "show", "x@example.org"])
        #expect(unknown.status == 5)
        #expect(unknown.errors.hasPrefix("tern: error: "))
        let needs = try stores.tern("a", ["--json", "encrypt", "--to", "x@example.org"], input: "hi")
        #expect(needs.status == 5)
        try JSONOutputTests.check(try #require(needs.outputLines.first))
        try JSONOutputTests.check(try #require(needs.errorLines.first))
        let lines = (0..<300).map { "{\"to\":\"bob@example.org\",\"text\":\"line \($0)\"}\n" }.joined()
        #expect(try stores.tern("a", ["encrypt", "--json-lines"], input: lines).outputLines.count == 300)
        try holder.end()
        #expect(!FileManager.default.fileExists(atPath: stores.path("a") + "/rpc.sock"))
        #expect(try stores.tern("a", ["contact", "list"]).output.contains("bob@example.org"))
    }

    @Test func sixteenProcessesOfOneStoreLoseAndDoubleNothing() async throws {
        let holder = try Caller(stores, "a")
        let items = try stores.published().joined(separator: "\n")
        #expect(try stores.tern("a", ["bundle", "import", "--from", "bob@example.org"], input: items).status == 0)
        let stores = stores
        let stanzas = try await withThrowingTaskGroup(of: [String].self) { group in
            for process in 0..<16 {
                group.addTask {
                    try await Threads.run {
                        try (0..<3).map { number in
                            let sealed = try stores.tern(
                                "a", ["encrypt", "--to", "bob@example.org"], input: "\(process) \(number)")
                            #expect(sealed.status == 0)
                            return sealed.output
                        }
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        try holder.end()
        let lines = stanzas.map { stanza -> String in
            let line: JSONValue = ["stanza": .string(stanza), "from": "alice@example.org"]
            return line.text + "\n"
        }
        let opened = try stores.tern("b", ["decrypt", "--json-lines"], input: lines.joined())
        let texts = try opened.outputLines.compactMap { try JSONOutputTests.check($0)["text"]?.string }
        #expect(texts.count == 48 && Set(texts).count == 48)
    }

    /// A caller who never writes what it has promised keeps only itself waiting.
    @Test func whoseInputNeverComesHarmsNobody() throws {
        let holder = try Caller(stores, "a")
        var waiting: [Process] = []
        for _ in 0..<8 {
            let process = Process()
            process.executableURL = Command.folder.appending(path: "tern")
            process.arguments = ["--store", stores.path("a"), "encrypt", "--to", "bob@example.org"]
            process.standardInput = Pipe()
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            waiting.append(process)
        }
        let start = ContinuousClock.now
        #expect(try stores.tern("a", ["account", "list"]).status == 0)
        #expect(ContinuousClock.now - start < .seconds(20))
        // Whoever waits for input that never comes does not keep the holder from ending, nor anybody's store.
        let first = waiting.removeFirst()
        kill(first.processIdentifier, SIGKILL)
        first.waitUntilExit()
        try holder.end()
        for process in waiting {
            process.waitUntilExit()
            #expect(process.terminationStatus != 0)
        }
        #expect(try stores.tern("a", ["account", "list"]).status == 0)
    }

    @Test func aHolderThatDoesNotAnswerIsExit8AndDoesNothingLater() throws {
        let holder = try Caller(stores, "a")
        holder.pause()
        // More than wait in a line, and none of them without end: what each prints is closed, too.
        let crowd = try (0..<70).map { _ in
            let process = Process()
            process.executableURL = Command.folder.appending(path: "tern")
            process.arguments = ["--store", stores.path("a"), "account", "list", "--lock-timeout", "1"]
            process.standardOutput = Pipe()
            process.standardError = FileHandle.nullDevice
            try process.run()
            return process
        }
        for process in crowd {
            let output = try #require(process.standardOutput as? Pipe)
            #expect(output.fileHandleForReading.readDataToEndOfFile().isEmpty)
            process.waitUntilExit()
            #expect(process.terminationStatus == 8)
        }
        let start = ContinuousClock.now
        let finished = try stores.tern("a", ["contact", "add", "x@example.org", "--lock-timeout", "3"])
        #expect(finished.status == 8)
        #expect(ContinuousClock.now - start < .seconds(30))
        holder.resume()
        #expect(try stores.tern("a", ["contact", "list"]).output == "")
        try holder.end()
    }
}
