// Secrets come from descriptors, files and people, never from the command line, and never too much of them.

import Foundation
import Glibc
import TernCrypto
import TernInput
import Testing

@testable import TernCLI

@Suite struct SecretTests {
    private func file(_ bytes: [UInt8]) throws -> Captured {
        let file = try Captured()
        try Data(bytes).write(to: file.place)
        return file
    }

    private func read(_ source: SecretSource, mayAsk: Bool = true) throws(CommandFailure) -> [UInt8] {
        let secret = try source.read("passphrase", mayAsk: mayAsk)
        return secret.exposed()
    }

    @Test(
        arguments: [
            ("one", "one"), ("one\n", "one"), ("one\ntwo\n", "one"), (" a b \n", " a b "), ("a\r\n", "a\r"),
            ("ü\u{0}", "ü\u{0}"),
        ])
    func aFileGivesItsFirstLine(_ content: String, _ secret: String) throws {
        let file = try file(Array(content.utf8))
        #expect(try read(.file(file.place.path)) == Array(secret.utf8))
    }

    @Test func aDescriptorGivesOneLineAfterTheOther() throws {
        let pipe = Pipe()
        try pipe.fileHandleForWriting.write(contentsOf: Data("first\nsecond\n".utf8))
        try pipe.fileHandleForWriting.close()
        let source = SecretSource.descriptor(pipe.fileHandleForReading.fileDescriptor)
        #expect(try read(source) == Array("first".utf8))
        #expect(try read(source) == Array("second".utf8))
        #expect(throws: CommandFailure.self) { try read(source) }
    }

    @Test func whatIsNoPassphraseIsRefused() throws {
        let longest = [UInt8](repeating: 0x61, count: SecretSource.limit)
        let tooLong = try file(longest + [0x61]), empty = try file([]), full = try file(longest + [0x0a])
        #expect(try read(.file(full.place.path)) == longest)
        let cases: [(SecretSource, ErrorCode)] = [
            (.file(empty.place.path), .usage), (.file("/"), .usage), (.file(""), .usage),
            (.descriptor(9999), .usage), (.file(tooLong.place.path), .limitExceeded),
        ]
        for (source, code) in cases {
            let failure = #expect(throws: CommandFailure.self) { try read(source) }
            #expect(failure?.code == code, "\(source)")
        }
    }

    @Test func withoutInputNobodyIsAsked() {
        let failure = #expect(throws: CommandFailure.self) { try read(.terminal, mayAsk: false) }
        #expect(failure?.code == .usage)
    }

    @Test func aKeyFileHasExactly32Bytes() throws {
        let bytes = (0..<32).map { UInt8($0) }
        let good = try file(bytes)
        let key = try SecretSource.key(good.place.path)
        let taken = key.span.indices.map { key.span[$0] }
        #expect(taken == bytes)
        for wrong in [[], Array(bytes.dropLast()), bytes + [0x0a]] {
            let bad = try file(wrong)
            let failure = #expect(throws: CommandFailure.self) { _ = try SecretSource.key(bad.place.path) }
            #expect(failure?.code == .usage)
        }
    }

    @Test func aPersonIsAskedWithoutShowingTheAnswer() throws {
        // Glibc's module leaves posix_openpt and the like out: TIOCSPTLCK, TIOCGPTN of asm-generic/ioctls.h
        let master = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY)
        var number: Int32 = 0
        #expect(unsafe ioctl(master, 0x4004_5431, &number) == 0 && ioctl(master, 0x8004_5430, &number) == 0)
        defer { close(master) }
        let name = "/dev/pts/\(number)"
        let slave = unsafe open(name, O_RDWR | O_NOCTTY)
        defer { close(slave) }
        let typing = Thread {
            // typed once the question is there and nothing is shown any more
            var seen = ""
            while !seen.contains("passphrase: ") { seen += Self.read(master) }
            _ = unsafe write(master, "hush\n", 5)
        }
        typing.start()
        let secret = try SecretPrompt(terminal: name).ask("passphrase")
        #expect(secret.exposed() == Array("hush".utf8))
        var after = termios()
        #expect(unsafe tcgetattr(slave, &after) == 0)
        #expect(after.c_lflag & tcflag_t(ECHO) != 0)
        let shown = Self.read(master)
        #expect(!shown.contains("hush"), "\(shown)")
    }

    private static func read(_ descriptor: Int32) -> String {
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 100) { buffer, count in
            count = max(0, unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count))
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func aFileThatIsNoTerminalIsNotAsked() throws {
        let file = try Captured()
        let failure = #expect(throws: CommandFailure.self) {
            _ = try SecretPrompt(terminal: file.place.path).ask("passphrase")
        }
        #expect(failure?.code == .usage)
    }
}
