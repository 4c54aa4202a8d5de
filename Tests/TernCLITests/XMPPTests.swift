// Owns that `tern xmpp` does over a real server what it says. The server is Prosody, on loopback.

import Foundation
import Glibc
import Testing

import TernJSON
import TernTestKit

@Suite(.serialized) struct XMPPTests {
    /// A server and the stores of people who have accounts there.
    private final class Place {
        let server: Prosody
        let folder: URL
        var password: String { folder.appending(path: "password").path }

        init(_ people: String..., settings: String = "") throws {
            server = try Prosody(settings: settings)
            folder = server.folder.appending(path: "people")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
            try Data("pencil\n".utf8).write(to: folder.appending(path: "password"))
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
        func listen(_ person: String, count: Int) throws -> Listener {
            try Listener(arguments(person, ["listen", "--json", "--count", "\(count)"]))
        }
    }

    /// `tern xmpp listen`, beside the test.
    private final class Listener {
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

    /// From nothing to a message for somebody never seen, who is not there, in one command each.
    @Test(arguments: ["omemo", "omemo:0.3", "ox"]) func somebodyNeverSeenIsWrittenTo(scheme: String) throws {
        let place = try Place("alice", "bob")
        if scheme == "ox" {
            for person in ["alice", "bob"] {
                #expect(try place.tern(person, ["pgp", "setup"]).status == 0)
                #expect(try place.xmpp(person, ["publish"]).status == 0)
            }
        }
        let sent = try place.xmpp("alice", ["send", "bob@tern.test", "--with", scheme, "--json"], input: "Hello")
        #expect(sent.status == 0, "\(sent.errors)")
        for line in sent.outputLines { #expect(try JSONOutputTests.check(line)["type"] == "sent") }
        #expect(!sent.output.contains("Hello"))
        #expect(try place.listen("bob", count: 1).texts() == ["Hello"])

        // and back, to somebody who is there
        let listener = try place.listen("alice", count: 1)
        let answer = try place.xmpp("bob", ["send", "alice@tern.test", "--with", scheme], input: "Hello yourself")
        #expect(answer.status == 0, "\(answer.errors)")
        #expect(try listener.texts() == ["Hello yourself"])
    }

    /// A server that is killed and comes back: what is sent before and after comes, once.
    @Test func listeningSurvivesTheServer() throws {
        let place = try Place("alice", "bob")
        let listener = try place.listen("bob", count: 3)
        #expect(try place.xmpp("alice", ["send", "bob@tern.test"], input: "1").status == 0)
        try listener.wait(for: "\"text\":\"1\"")
        place.server.kill()
        let failed = try place.xmpp("alice", ["send", "bob@tern.test"], input: "lost")
        #expect(failed.status == 10)
        try place.server.start()
        for text in ["2", "3"] {
            let sent = try place.xmpp("alice", ["send", "bob@tern.test"], input: text)
            #expect(sent.status == 0, "\(sent.errors)")
        }
        #expect(try listener.texts() == ["1", "2", "3"])
    }

    @Test func whoeverAnnouncesNothingIsNotWrittenTo() throws {
        let place = try Place("alice")
        let sent = try place.xmpp("alice", ["send", "nobody@tern.test"], input: "secret")
        #expect(sent.status == 5)
        let fetched = try place.xmpp("alice", ["fetch", "nobody@tern.test", "--json"])
        #expect(fetched.status == 5)
        for line in fetched.outputLines { try JSONOutputTests.check(line) }
        let log = try String(contentsOf: place.server.folder.appending(path: "prosody.log"), encoding: .utf8)
        #expect(!log.contains("secret"))
    }

    @Test func falseServersAndPasswordsAreRefused() throws {
        let place = try Place("alice")
        try Data("wrong\n".utf8).write(to: place.folder.appending(path: "wrong"))
        let host = "127.0.0.1:\(place.server.port)"
        let wrong = try place.tern(
            "alice",
            [
                "xmpp", "check", "--host", host, "--ca", place.server.authority, "--password-file",
                place.folder.appending(path: "wrong").path,
            ])
        #expect(wrong.status == 11, "\(wrong.errors)")
        let untrusted = try place.tern(
            "alice", ["xmpp", "check", "--host", host, "--password-file", place.password])
        #expect(untrusted.status == 10)
        #expect(untrusted.errors.contains("certificate"))
        let again = try place.xmpp("alice", ["register"])
        #expect(again.status == 11)
        #expect(!(wrong.errors + untrusted.errors + again.errors).contains("pencil"))
        let checked = try place.xmpp("alice", ["check", "--json"])
        for line in checked.outputLines {
            #expect(try JSONOutputTests.check(line)["features"]?.array?.count == 3)
        }
    }

    /// A server that publishes for nobody: an error, and all of it goes on waiting.
    @Test func aServerWithoutPersonalEventsTakesNothing() throws {
        let place = try Place()
        #expect(try place.tern("alice", ["account", "create", "alice@\(Prosody.domain)"]).status == 0)
        #expect(try place.xmpp("alice", ["register"]).status == 0)
        place.server.kill()
        let configuration = place.server.folder.appending(path: "prosody.cfg.lua")
        let text = try String(contentsOf: configuration, encoding: .utf8)
        try text.replacing("\"pep\"; ", with: "").write(to: configuration, atomically: true, encoding: .utf8)
        try place.server.start()
        let published = try place.xmpp("alice", ["publish"])
        #expect(published.status == 10)
        #expect(published.errors.contains("did not take everything"))
        let waiting = try place.tern("alice", ["outbox", "list"])
        #expect(waiting.output.contains("devices"))
    }
}
