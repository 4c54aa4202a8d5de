// Files, pipes and names of every kind: bytes or a typed refusal, and never a wait for nobody.

import Foundation
import Glibc
import TernInput
import Testing

/// A folder that is gone when the test is over.
final class Folder {
    let path: String

    init() throws {
        let place = FileManager.default.temporaryDirectory.appending(path: "tern-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        path = place.path
    }

    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let place = path + "/" + name
        try Data(bytes).write(to: URL(filePath: place))
        return place
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Suite struct InputStreamTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    private func reason(_ path: String, limit: Int = 100) -> InputError.Reason? {
        do throws(InputError) {
            _ = try InputStream(path).readAll(limit: limit)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test func aFileIsReadUpToTheLimit() throws {
        let path = try folder.write("a", [UInt8](repeating: 7, count: 100))
        #expect(try InputStream(path).readAll(limit: 100).count == 100)
        #expect(reason(path, limit: 99) == .tooLarge)
        #expect(reason("/proc/self/stat", limit: 10) == .tooLarge)
    }

    @Test func aNamedPipeIsRefusedAndNotWaitedFor() throws {
        let path = folder.path + "/pipe"
        #expect(unsafe mkfifo(path, 0o600) == 0)
        #expect(reason(path) == .notFile)
    }

    @Test func aPipeOfTheShellIsRead() throws {
        let pipe = Pipe()
        try pipe.fileHandleForWriting.write(contentsOf: Data("text".utf8))
        try pipe.fileHandleForWriting.close()
        let bytes = try InputStream("/proc/self/fd/\(pipe.fileHandleForReading.fileDescriptor)").readAll(limit: 9)
        #expect(bytes == Array("text".utf8))
    }

    @Test func whatIsNoFileIsRefused() {
        for path in ["/dev/zero", "/dev/null", "/", folder.path] { #expect(reason(path) == .notFile) }
        #expect(reason(folder.path + "/none") == .notFound)
        #expect(reason("a\u{0}b") == .notFound)
    }

    @Test func anEmptyPathIsSaidToBeOne() {
        let error = #expect(throws: InputError.self) { _ = try InputStream("").readAll(limit: 1) }
        #expect(error?.reason == .notFound)
        #expect(error?.text == "an empty path names no file")
    }

    @Test(
        arguments: [
            [0x61], [0xff], [0x61, 0xe9, 0x62], [0xc3, 0xa9], [0xc3], [0xf0, 0x9f], [0xed, 0xa0, 0x80],
            [0xf4, 0x8f, 0xbe, 0x80], [0xf4, 0x8f, 0xbf, 0xbf, 0xff], [0x80, 0xc3, 0xa9, 0x80], [0xf8, 0x41],
        ] as [[UInt8]])
    func everyNameIsKept(_ bytes: [UInt8]) {
        #expect(FileName.bytes(of: FileName.text(of: bytes)) == bytes)
    }

    @Test func differentNamesAreDifferentTexts() {
        let names: [[UInt8]] = [[0xff], [0xf4, 0x8f, 0xbf, 0xbf], [0xef, 0xbf, 0xbd], [0xfe]]
        #expect(Set(names.map { FileName.text(of: $0) }).count == names.count)
    }

    @Test func aNameThatIsNotUTF8IsOpened() throws {
        let path = FileName.text(of: Array(folder.path.utf8) + [0x2f, 0x61, 0xe9])
        let descriptor = unsafe FileName.withPath(path) { unsafe open($0, O_CREAT | O_WRONLY, 0o600) }
        #expect(descriptor >= 0)
        #expect(unsafe write(descriptor, "x", 1) == 1)
        close(descriptor)
        #expect(try InputStream(path).readAll(limit: 1) == [0x78])
    }
}

@Suite struct LineReaderTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    private func lines(_ text: String, limit: Int) throws(InputError) -> [String] {
        guard let path = try? folder.write("lines", Array(text.utf8)) else { return [] }
        var reader = LineReader(try InputStream(path), limit: limit)
        var lines: [String] = []
        while let line = try reader.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        return lines
    }

    @Test func linesAreGivenOneByOne() throws {
        #expect(try lines("", limit: 5) == [])
        #expect(try lines("a\nb", limit: 5) == ["a", "b"])
        #expect(try lines("a\r\n\nb\n", limit: 5) == ["a", "", "b"])
        #expect(try lines("12345\n12345\r\n", limit: 5) == ["12345", "12345"])
    }

    @Test func linesCrossTheBordersOfReads() throws {
        let texts = (0..<4).map { String(repeating: String($0), count: 50_000 + $0) }
        #expect(try lines(texts.joined(separator: "\n"), limit: 60_000) == texts)
    }

    @Test func aLineTooLongIsRefusedWithItsNumber() {
        for text in ["ok\n123456\nok", "ok\n" + String(repeating: "x", count: 300_000)] {
            let error = #expect(throws: InputError.self) { try lines(text, limit: 5) }
            #expect(error?.reason == .lineTooLong)
            #expect(error?.detail == "line 2 is longer than 5 bytes")
        }
    }

    @Test func whatFollowsALineTooLongCanBeRead() throws {
        for length in [6, 70_000, 300_000] {
            let path = try folder.write(
                "lines", Array(("ok\n" + String(repeating: "x", count: length) + "\nthird\n").utf8))
            var reader = LineReader(try InputStream(path), limit: 5)
            #expect(try reader.next() == Array("ok".utf8))
            let error = #expect(throws: InputError.self) { try reader.next() }
            #expect(error?.detail == "line 2 is longer than 5 bytes")
            #expect(try reader.next() == Array("third".utf8))
            #expect(reader.number == 3)
            #expect(try reader.next() == nil)
        }
    }
}
