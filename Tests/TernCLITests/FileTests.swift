// Files through the command: what is changed is not decrypted, memory is bounded, and no key is told to anybody.

import Foundation
import TernJSON
import Testing

@testable import TernCLI

@Suite struct FileTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "tern-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func shell(_ line: String) throws -> Finished {
        try Command.shell("cd '\(folder.path)'; " + line)
    }

    private func path(_ name: String) -> URL { folder.appending(path: name) }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    /// A file and its link, and perhaps the fragment of another key.
    private func encrypted(_ plaintext: Data) throws -> (ciphertext: Data, link: Data) {
        try plaintext.write(to: path("before"))
        let line = "tern file encrypt before --output c --url https://example.org/f --link-file link && rm before"
        #expect(try shell(line).status == 0)
        return (try Data(contentsOf: path("c")), try Data(contentsOf: path("link")))
    }

    private func remove() { try? FileManager.default.removeItem(at: folder) }

    @Test func everyBitCounts() throws {
        defer { remove() }
        let (ciphertext, link) = try encrypted(Data("four".utf8))
        #expect(ciphertext.count == 20)
        for bit in 0..<ciphertext.count * 8 {
            var changed = ciphertext
            changed[bit / 8] ^= 1 << (bit % 8)
            try changed.write(to: path("c"))
            let finished = try Command.tern(["file", "decrypt", "c", "--output", "p"], input: link, in: folder)
            #expect(finished.status == 3, "bit \(bit)")
        }
        for length in 0..<ciphertext.count {
            try ciphertext.prefix(length).write(to: path("c"))
            let finished = try Command.tern(["file", "decrypt", "c", "--output", "-"], input: link, in: folder)
            #expect(finished.status == 3, "length \(length)")
            #expect(finished.output.isEmpty, "length \(length)")
        }
        #expect(try names() == ["c", "link"])
    }

    /// Sections end where files end, or a byte before or behind.
    @Test(arguments: [0, 1, 15, 16, 17, (1 << 20) - 17, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, (2 << 20) + 16])
    func filesOfEveryLengthComeBack(_ length: Int) throws {
        defer { remove() }
        let plaintext = Data((0..<length).map { UInt8(truncatingIfNeeded: $0 * 31 >> 4) })
        let (ciphertext, _) = try encrypted(plaintext)
        #expect(ciphertext.count == length + 16)
        #expect(try shell("tern file decrypt c --output p < link").status == 0)
        #expect(try Data(contentsOf: path("p")) == plaintext)
        #expect(try shell("cat c | tern file decrypt - --link-file link --output p2").status == 0)
        #expect(try Data(contentsOf: path("p2")) == plaintext)
        #expect(try names() == ["c", "link", "p", "p2"])
    }

    /// NIST's test case 18 of GCM has a key of 32 bytes, but data beside it; this is Wycheproof's case of a 16-byte nonce.
    @Test func longNoncesAreRead() throws {
        defer { remove() }
        let file = Command.root.appending(path: "TestVectors/wycheproof/aes_gcm_test.json")
        let groups = try JSONReader.read([UInt8](Data(contentsOf: file))).object?["testGroups"]?.array ?? []
        let group = groups.compactMap(\.object).first { $0["keySize"] == 256 && $0["ivSize"] == 128 }
        for test in (group?["tests"]?.array ?? []).compactMap(\.object) where test["msg"] != "" && test["aad"] == "" {
            let hex = { (name: String) in test[name]?.string ?? "" }
            try Data(hex: hex("ct") + hex("tag")).write(to: path("c"))
            let link = Data("aesgcm://example.org/f#\((hex("iv") + hex("key")).uppercased())\n".utf8)
            let arguments = ["file", "decrypt", "c", "--force", "--output", "p"]
            #expect(try Command.tern(arguments, input: link, in: folder).status == 0)
            #expect(try Data(contentsOf: path("p")) == Data(hex: hex("msg")))
        }
        #expect(FileManager.default.fileExists(atPath: path("p").path))
    }

    /// The reader of the plaintext lets the command wait in its second reading, when the file is changed.
    @Test func aFileThatChangesWhileItIsReadIsNotReleased() throws {
        defer { remove() }
        let plaintext = Data((0..<(4 << 20)).map { UInt8(truncatingIfNeeded: $0 >> 8) })
        _ = try encrypted(plaintext)
        let finished = try shell(
            #"""
            mkfifo out
            exec 5<> out
            tern file decrypt c --output - < link > out 2> errors & pid=$!
            exec 6< out
            head -c 1 <&6 > p
            exec 5>&-
            printf X | dd of=c bs=1 seek=3500000 conv=notrunc 2> /dev/null
            (cat <&6 >> p) & reader=$!
            wait $pid; status=$?
            wait $reader
            exit $status
            """#)
        #expect(finished.status == 3)
        let errors = try String(contentsOf: path("errors"), encoding: .utf8)
        #expect(errors.contains("the file was changed while it was read"))
        let released = try Data(contentsOf: path("p"))
        // the section that was changed is the fourth, and nothing of it has left
        #expect(released == plaintext.prefix(3 << 20))
    }

    @Test func memoryIsBounded() throws {
        defer { remove() }
        let measured = """
            import resource, subprocess, sys
            status = subprocess.run(sys.argv[1:], stdin=open("link") if "decrypt" in sys.argv else None).returncode
            print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
            sys.exit(status)
            """
        try Data(measured.utf8).write(to: path("measure"))
        let finished = try shell(
            """
            truncate -s 1000 small; truncate -s 300M large
            for each in small large; do
                python3 measure tern file encrypt $each --output c --force --link-file link
                python3 measure tern file decrypt c --output p --force
                stat -c %s p
            done
            """)
        #expect(finished.status == 0, "\(finished.errors)")
        let numbers = finished.outputLines.compactMap { Int($0) }
        try #require(numbers.count == 6)
        #expect(numbers[2] == 1000)
        #expect(numbers[5] == 300 << 20)
        // KiB: a section, a little for the marks, and what a file of 1,000 bytes takes
        for (small, large) in [(numbers[0], numbers[3]), (numbers[1], numbers[4])] {
            #expect(large < small + 8 << 10, "\(numbers)")
        }
    }

    @Test func whatIsLargerThanGCMAllowsIsRefusedBeforeAnyWork() throws {
        defer { remove() }
        _ = try encrypted(Data("x".utf8))
        let finished = try shell(
            """
            truncate -s 68719476705 large; tern file encrypt large --output none; echo $?
            truncate -s 68719476721 large; tern file decrypt large --output none < link; echo $?
            """)
        #expect(finished.outputLines == ["14", "14"])
        #expect(try names() == ["c", "large", "link"])
    }

    @Test func aFullDiskLeavesNothing() throws {
        defer { remove() }
        _ = try encrypted(Data(repeating: 7, count: 1 << 20))
        let finished = try shell("ulimit -f 512; trap '' XFSZ; tern file decrypt c --output p < link")
        #expect(finished.status == 16, "\(finished.errors)")
        #expect(try shell("tern file decrypt c --output - < link > /dev/full").status == 16)
        #expect(try names() == ["c", "link"])
    }

    /// Whatever goes wrong, and wherever the link was put: its key is not repeated.
    @Test func noKeyIsTold() throws {
        defer { remove() }
        let (_, data) = try encrypted(Data("x".utf8))
        let link = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
        let key = try #require(link.split(separator: "#").last)
        try Data("y".utf8).write(to: path("d"))
        let lines = [
            "tern file decrypt d --output p < link", "tern file decrypt '\(link)' --output p",
            "tern file decrypt c --output '\(link)' < link", "tern file decrypt c --output p --link '\(link)'",
            "tern file decrypt c --output p --link-file '\(link)'", "tern file decrypt c '\(link)' --output p",
            "tern file encrypt c --output p --url '\(link)'",
            "tern file encrypt c --output p --url 'https://x/#\(key)'",
            "tern file encrypt '\(link)' --output p", "tern file decrypt c --output p --color '#\(key)' < link",
            "tern file decrypt c --output none/p < link", "tern '\(link)'",
            "(cat link; echo; echo more) | tern file decrypt c --output p",
            "tern file decrypt c --output '#\(key)/p' < link", "tern file decrypt c --output p --link-fd 9 9< d",
        ]
        for line in lines {
            for json in [" --json", ""] {
                let finished = try shell(line + json)
                #expect(finished.status != 0, "\(line)")
                #expect(!finished.errors.lowercased().contains(key) && finished.output.isEmpty, "\(line)")
                if json != "" { for line in finished.errorLines { try JSONOutputTests.check(line) } }
            }
        }
        #expect(try names() == ["c", "d", "link"])
    }

    @Test func progressIsInBytesAndSaysNothingElse() throws {
        defer { remove() }
        _ = try encrypted(Data(repeating: 1, count: 3_000_000))
        let finished = try shell("cat c | tern file decrypt - --output p --link-file link --progress json")
        #expect(finished.status == 0)
        let objects = try finished.errorLines.map { try JSONOutputTests.check($0) }
        #expect(objects.compactMap { $0["task"]?.string } == ["reading", "checking", "decrypting"])
        #expect(objects.compactMap { $0["done"]?.integer } == [3_000_016, 3_000_000, 3_000_000])
    }

    @Test func aStoreIsNeitherNeededNorOpened() throws {
        defer { remove() }
        _ = try encrypted(Data("x".utf8))
        let finished = try shell(
            "touch no-folder; TERN_STORE=$PWD/no-folder tern file decrypt c --output - < link; "
                + "tern --store no-folder file encrypt c --output c2 > /dev/null")
        #expect(finished.status == 0)
        #expect(finished.output == "x")
    }

    @Test func aLinkFileIsForItsOwnerAlone() throws {
        defer { remove() }
        _ = try encrypted(Data("x".utf8))
        #expect(try shell("umask 0; stat -c %a link").output == "600\n")
    }

    @Test(arguments: [
        ("a", "a"), (String(repeating: "a", count: 87), String(repeating: "a", count: 87)),
        ("x" + String(repeating: "F", count: 88) + ": y", "x…: y"), (String(repeating: "0", count: 96), "…"),
        ("", ""), ("a-b--c", "a-b--c"), ("-", "-"), ("é-\u{1b}", "é-\u{1b}"),
    ])
    func longRunsOfDigitsAreLeftOut(_ text: String, _ shown: String) {
        #expect(withoutMediaKeys(text) == shown)
    }
}

extension Data {
    fileprivate init(hex: String) {
        let digits = hex.compactMap(\.hexDigitValue)
        self.init(stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
    }
}
