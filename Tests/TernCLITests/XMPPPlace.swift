// Owns a server, the stores of people who have accounts there, and somebody who listens. It must not know what is tried with them.

import Foundation
import Glibc
import Testing

import TernJSON
import TernTestKit

/// A server and the stores of people who have accounts there.
final class XMPPPlace {
    let server: Prosody
    let folder: URL
    var password: String { folder.appending(path: "password").path }

    /// - Parameter foreign: Who is registered and uses another program.
    init(_ people: String..., foreign: [String] = [], settings: String = "") throws {
        server = try Prosody(settings: settings)
        folder = server.folder.appending(path: "people")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        try Data("pencil\n".utf8).write(to: folder.appending(path: "password"))
        for person in foreign {
            #expect(try tern(person, ["account", "create", "\(person)@\(Prosody.domain)"]).status == 0)
            #expect(try xmpp(person, ["register"]).status == 0)
        }
        for person in people {
            #expect(try tern(person, ["account", "create", "\(person)@\(Prosody.domain)"]).status == 0)
            let registered = try xmpp(person, ["register", "--json"])
            #expect(registered.status == 0, "\(registered.errors)")
            for line in registered.outputLines {
                #expect(try JSONOutputTests.check(line)["new"]?.boolean == true)
            }
            let published = try xmpp(person, ["publish", "--json"])
            #expect(published.status == 0, "\(published.errors)")
            for line in published.outputLines { try JSONOutputTests.check(line) }
        }
    }

    func store(_ person: String) -> String { folder.appending(path: person).path }

    func tern(_ person: String, _ arguments: [String], input: String = "") throws -> Finished {
        try Command.tern(["--store", store(person)] + arguments, input: Data(input.utf8))
    }

    func arguments(_ person: String, _ words: [String]) -> [String] {
        ["--store", store(person), "xmpp"] + words + [
            "--password-file", password, "--ca", server.authority, "--host", "127.0.0.1:\(server.port)",
        ]
    }

    func xmpp(_ person: String, _ words: [String], input: String = "") throws -> Finished {
        try Command.tern(arguments(person, words), input: Data(input.utf8))
    }

    /// Starts listening, and waits until others see it.
    func listen(_ person: String, count: Int) throws -> XMPPListener {
        let listener = try XMPPListener(arguments(person, ["listen", "--json", "--count", "\(count)"]))
        try listener.wait(for: "\"type\":\"listening\"")
        return listener
    }
}

/// `tern xmpp listen`, beside the test.
final class XMPPListener {
    private let process = Process()
    private let output: Captured
    private let errors: Captured

    init(_ arguments: [String]) throws {
        (output, errors) = (try Captured(), try Captured())
        process.executableURL = Command.folder.appending(path: "tern")
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output.place)
        process.standardError = try FileHandle(forWritingTo: errors.place)
        try process.run()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    /// Waits until something was said, for half a minute at most.
    func wait(for said: String) throws {
        let end = ContinuousClock.now + .seconds(30)
        while !(try output.text().contains(said)) {
            guard .now < end else {
                Issue.record("\(try output.text())\n\(try errors.text())")
                return
            }
            usleep(20_000)
        }
    }

    /// Waits for its end.
    func texts() throws -> [String] {
        let end = ContinuousClock.now + .seconds(60)
        while process.isRunning, .now < end { usleep(20_000) }
        #expect(!process.isRunning)
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        let said = try errors.text()
        #expect(process.terminationStatus == 0, "\(said)")
        return try output.text().split(separator: "\n").compactMap { line in
            try JSONOutputTests.check(line)["text"]?.string
        }
    }
}
