// What `tern vectors record` writes, python-omemo's libraries repeat: from stanza to plaintext, state by state.

import Foundation
import Glibc
import TernJSON
import TernTestKit
import Testing

@Suite("Recorded conversations of Tern, in python-omemo's libraries", .foreignPeers)
struct RecordedConversationTests {
    private static let limit = Duration.seconds(120)

    @Test("Every message is decrypted, and every state is the same", arguments: ["0.3", "2"], [1, 2, 1_000_003])
    func repeated(version: String, seed: Int) throws {
        let scratch = try Scratch()
        let (conversation, fanout) = (scratch.path("conversation.json"), scratch.path("fanout.json"))
        for (path, script) in [(conversation, []), (fanout, ["--fanout"])] {
            let arguments = ["vectors", "record", "--version", version, "--seed", String(seed), "--output", path]
            let recorded = try Run(BuiltPrograms.path(of: "tern"), arguments + script, in: scratch, Self.limit)
            try #require(recorded.status == 0, "\(recorded.text)")
        }
        let verified = try Run(Run.verifier, [conversation, fanout], in: scratch, Self.limit)
        #expect(verified.status == 0, "\(verified.text)")
        let lines = verified.text.split(separator: "\n").map { $0.split(separator: "/").last ?? "" }
        #expect(
            lines == ["conversation.json: 21 sent, 21 decrypted, 5 refused", "fanout.json: 3 decrypted"],
            "\(verified.text)")
    }

    @Test("A recording that was changed is found out", arguments: ["0.3", "2"])
    func changed(version: String) throws {
        let scratch = try Scratch()
        let path = scratch.path("conversation.json")
        let arguments = ["vectors", "record", "--version", version, "--output", path]
        try #require(try Run(BuiltPrograms.path(of: "tern"), arguments, in: scratch, Self.limit).status == 0)
        let document = try String(contentsOfFile: path, encoding: .utf8)
        for name in ["plaintext", "root_chain", "payload_key", "bundle_xml"] {
            // the first value behind the name, one letter changed
            let start = try #require(document.range(of: "\"\(name)\"")).upperBound
            let digit = try #require(document[start...].firstRange(of: #/[0-9a-f]{16}|[A-Za-z0-9+\/]{24}/#))
            var other = document
            let letter = document[digit.lowerBound] == "4" ? "5" : "4"
            other.replaceSubrange(digit.lowerBound...digit.lowerBound, with: letter)
            try other.write(toFile: path, atomically: true, encoding: .utf8)
            let verified = try Run(Run.verifier, [path], in: scratch, Self.limit)
            #expect(verified.status == 1, "\(name)")
        }
    }
}

/// A folder that is gone when the test is over.
private final class Scratch {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "tern-\(UUID().uuidString)")

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }
}

/// A program that has ended, or was ended when its time was over.
private struct Run {
    let status: Int32
    /// Both streams.
    let text: String

    /// The launcher of `Tests/Peers/python-omemo/verify-recorded`, where the peers are.
    static var verifier: URL {
        URL(filePath: ProcessInfo.processInfo.environment["TERN_PEERS"] ?? "").appending(path: "verify-recorded")
    }

    init(_ program: URL, _ arguments: [String], in scratch: Scratch, _ limit: Duration) throws {
        let place = scratch.path("output")
        try Data().write(to: URL(filePath: place))
        let output = try FileHandle(forWritingTo: URL(filePath: place))
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let end = ContinuousClock.now + limit
        while process.isRunning, ContinuousClock.now < end { usleep(5_000) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
        text = String(decoding: try Data(contentsOf: URL(filePath: place)), as: UTF8.self)
    }
}
