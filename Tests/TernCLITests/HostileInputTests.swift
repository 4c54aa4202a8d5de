// Files that anybody may have written: an exit code and a message, never a crash, never a raw control character.

import Foundation
import Testing

@Suite struct HostileInputTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "tern-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func run(_ content: Data, name: String = "x.json") throws -> Finished {
        defer { try? FileManager.default.removeItem(at: folder) }
        let place = folder.appending(path: name)
        try content.write(to: place)
        return try Command.tern(["vectors", "run", place.path])
    }

    private static let envelope =
        #"{"format":"tern-vectors/1","spec":"s","source":"s","generator":"g","licence":"l","cases":[$]}"#

    private static func file(_ one: String) -> Data { Data(envelope.replacing("$", with: one).utf8) }

    @Test(
        arguments: [
            (Data(), 6), (Data("{".utf8), 6), (Data([0xff, 0xfe, 0x00]), 6),
            (Data(String(repeating: "[", count: 1_000_000).utf8), 14),
            (Data(("[" + String(repeating: "[],", count: 1_000_000) + "[]]").utf8), 14),
            (Data("[\(String(repeating: "9", count: 100_000))]".utf8), 6), (Data("[1e999999]".utf8), 6),
            (Data("{}".utf8), 2), (Data("3".utf8), 2), (file(""), 13), (file("{}"), 13), (file("7"), 13),
            (file(#"{"id":"a","kind":"x25519","inputs":{"private":"abc","public":""},"expected":{"shared":""}}"#), 13),
            (file(#"{"id":"a","kind":"x25519","inputs":{"private":"","public":""},"error":"malformed"}"#), 0),
            (
                file(
                    #"{"id":"a","kind":"hkdf-sha256","inputs":{"ikm":"","salt":"","info":"","length":9223372036854775807},"#
                        + #""error":"limitExceeded"}"#), 0
            ),
            (
                file(
                    #"{"id":"a","kind":"hkdf-sha256","inputs":{"ikm":"","salt":"","info":"","length":-9223372036854775808},"#
                        + #""error":"malformed"}"#), 0
            ),
            (
                file(
                    #"{"id":"a","kind":"x25519-iterated","inputs":{"private":"","public":"","iterations":9223372036854775807},"#
                        + #""error":"limitExceeded"}"#), 0
            ),
            (
                file(
                    #"{"id":"a","kind":"aes-gcm","inputs":{"key":"","nonce":"","data":"","plaintext":""},"error":"malformed"}"#
                ), 0
            ),
            (
                file(
                    #"{"id":"a","kind":"hmac-sha256-verify","inputs":{"key":"","message":"","tag":""},"error":"malformed"}"#
                ),
                0
            ),
            (file(#"{"id":"a","kind":"hmac-sha256","inputs":{"key":"","message":""},"expected":{"tag":""}}"#), 13),
            (Data(#"{"algorithm":"XDH","schema":"xdh_comp_schema_v1.json","testGroups":[]}"#.utf8), 13),
            (Data(#"{"format":"tern-omemo-transcript/1"}"#.utf8), 13),
            (Data(#"{"format":"tern-omemo-fanout/1","namespace":7}"#.utf8), 13),
        ] as [(Data, Int32)])
    func hostileFilesHaveAnExitCode(_ content: Data, _ status: Int32) throws {
        let finished = try run(content)
        #expect(finished.status == status, "\(finished.output)\(finished.errors)")
        #expect(status == 0 || finished.errors.hasPrefix("tern: error: "))
    }

    @Test func aFileTooLargeIsExit14() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let place = folder.appending(path: "large.json")
        try Data().write(to: place)
        let handle = try FileHandle(forWritingTo: place)
        try handle.truncate(atOffset: 100 << 20)
        try handle.close()
        #expect(try Command.tern(["vectors", "run", place.path]).status == 14)
        #expect(try Command.shell("head -c 68000000 /dev/zero | tern vectors run -").status == 14)
    }

    @Test func controlCharactersAreShownEscaped() throws {
        let evil =
            #"{"id":"\u001b[2J\u0007\u202e","kind":"x25519-public","inputs":{"private":""},"expected":{"public":""}}"#
        let finished = try run(Self.file(evil))
        #expect(finished.status == 13)
        for text in [finished.output, finished.errors] {
            #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0.value != 0x202e })
        }
        #expect(finished.output.contains(#"\u{1b}[2J\u{7}\u{202e}"#))
    }

    @Test func aNameWithControlCharactersIsShownEscaped() throws {
        let finished = try run(Data("{".utf8), name: "a\u{1b}[31m\n.json")
        #expect(finished.status == 6)
        #expect(!finished.errors.contains("\u{1b}"))
        #expect(finished.errorLines.count == 1)
    }

    @Test func oneBadFileDoesNotHideTheOthers() throws {
        let finished = try Command.tern(["vectors", "run", "none", "TestVectors/rfc/rfc5869.json"])
        #expect(finished.status == 2)
        #expect(finished.output.contains("rfc5869.json"))
        #expect(finished.output.contains("2 files, 5 cases: 4 passed, 1 failed, 0 skipped"))
    }

    @Test func aFullDiskIsExit16() throws {
        #expect(try Command.shell("tern vectors run TestVectors/rfc > /dev/full").status == 16)
    }

    @Test func aClosedPipeIsQuiet() throws {
        let finished = try Command.shell("tern vectors run --json | head -n 1 > /dev/null")
        #expect(finished.errors.isEmpty)
    }

    @Test func colourIsForTerminalsOrForThoseWhoAskForIt() throws {
        let plain = try Command.tern(["vectors", "run", "TestVectors/rfc"])
        #expect(!plain.output.contains("\u{1b}"))
        let coloured = try Command.tern(["vectors", "run", "--color", "always", "TestVectors/rfc"])
        #expect(coloured.output.contains("\u{1b}[32mok"))
    }

    @Test func theFolderOfThePackageIsFoundFromElsewhere() throws {
        let finished = try Command.tern(
            ["vectors", "list"], in: FileManager.default.temporaryDirectory)
        #expect(finished.status == 0)
        #expect(finished.output.contains("/TestVectors/wycheproof/x25519_test.json"))
    }
}
