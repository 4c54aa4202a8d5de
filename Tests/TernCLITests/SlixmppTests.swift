// Owns that `tern xmpp` and a client of another kind understand each other over a real server: slixmpp with slixmpp-omemo.

import Foundation
import Glibc
import Testing

import TernJSON
import TernTestKit

@Suite(
    .serialized,
    .enabled(if: ForeignClient.isThere, "TERN_PEERS names no folder with slixmpp-omemo: Tests/Peers/setup makes one"))
struct SlixmppTests {
    @Test(arguments: ["2", "0.3"]) func bothWaysWhoeverBegins(version: String) throws {
        let place = try XMPPPlace("alice", "carol", foreign: ["bob", "dave"])
        defer { withExtendedLifetime(place) {} }
        // Tern begins
        let bob = try ForeignClient("bob", version, at: place, ["--expect", "1"])
        try bob.wait(for: "ready")
        let sent = try place.xmpp("alice", ["send", "bob@tern.test"], input: "Hello ä🐦 <&>")
        #expect(sent.status == 0, "\(sent.errors)")
        #expect(try bob.texts() == ["Hello ä🐦 <&>"])
        // and is answered, on the same session
        let listener = try place.listen("alice", count: 2)
        let answering = try ForeignClient(
            "bob", version, at: place, ["--send", "alice@tern.test", "Hi", "--send", "alice@tern.test", "there"])
        #expect(try answering.texts() == [])
        #expect(try listener.texts() == ["Hi", "there"])
        // the other client begins, to somebody who is not there
        let dave = try ForeignClient("dave", version, at: place, ["--send", "carol@tern.test", "First"])
        #expect(try dave.texts() == [])
        #expect(try place.listen("carol", count: 1).texts() == ["First"])
        let waiting = try ForeignClient("dave", version, at: place, ["--expect", "1"])
        try waiting.wait(for: "ready")
        let answer = try place.xmpp("carol", ["send", "dave@tern.test"], input: "Second")
        #expect(answer.status == 0, "\(answer.errors)")
        #expect(try waiting.texts() == ["Second"])
    }

    /// Several devices: what is sent to an account comes to both clients of it.
    @Test func anAccountWithTwoPrograms() throws {
        let place = try XMPPPlace("alice", "bob")
        defer { withExtendedLifetime(place) {} }
        let other = try ForeignClient("bob", "2", at: place, ["--expect", "1"])
        try other.wait(for: "ready")
        let listener = try place.listen("bob", count: 1)
        let sent = try place.xmpp("alice", ["send", "bob@tern.test", "--json"], input: "to both")
        #expect(sent.status == 0, "\(sent.errors)")
        #expect(try other.texts() == ["to both"])
        #expect(try listener.texts() == ["to both"])
    }
}

/// A client of `Tests/Peers/slixmpp`.
final class ForeignClient {
    private let process = Process()
    private let output: Captured
    private let errors: Captured

    private static let program = URL(filePath: ProcessInfo.processInfo.environment["TERN_PEERS"] ?? "/nonexistent")
        .appending(path: "slixmpp-omemo")

    static var isThere: Bool { FileManager.default.isExecutableFile(atPath: program.path) }

    init(_ person: String, _ version: String, at place: XMPPPlace, _ more: [String]) throws {
        (output, errors) = (try Captured(), try Captured())
        process.executableURL = ForeignClient.program
        process.arguments =
            [
                "--jid", "\(person)@\(Prosody.domain)", "--password-file", place.password, "--host", "127.0.0.1",
                "--port", "\(place.server.port)", "--ca", place.server.authority, "--state",
                place.store(person) + "-slixmpp.json", "--version", version,
            ] + more
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output.place)
        process.standardError = try FileHandle(forWritingTo: errors.place)
        try process.run()
    }

    deinit { if process.isRunning { process.terminate() } }

    private func events() throws -> [JSONObject] {
        try output.text().split(separator: "\n").compactMap { try JSONReader.read(Array($0.utf8)).object }
    }

    func wait(for event: String) throws {
        let end = ContinuousClock.now + .seconds(30)
        while !(try events().contains { $0["event"]?.string == event }) {
            guard .now < end, process.isRunning else {
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
        if process.isRunning { process.terminate() }
        let all = try events()
        let said = try output.text() + errors.text()
        #expect(!all.contains { $0["event"]?.string == "error" }, "\(said)")
        return all.compactMap { $0["event"]?.string == "message" ? $0["text"]?.string : nil }
    }
}
