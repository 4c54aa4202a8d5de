// Files that anybody may have written, and folders that anybody may have arranged: typed faults, never a crash.

import Foundation
import TernVectors
import Testing

@Suite struct FileTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
    }

    private func reason(_ path: String) -> VectorFault.Reason? {
        do {
            _ = try VectorFile(readingFrom: path)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test(
        arguments: [
            "", " ", "{", "[1,2", "{\"format\":", "nul", "{\"a\":1e}", "[1]x", "\"\\ud800\"", "{\"a\":01}", "{'a':1}",
            "[" + String(repeating: "9", count: 400) + "]", String(repeating: "[", count: 100_000),
            String(repeating: "{\"a\":", count: 100_000), "{\"a\":1,\"a\":1}", "\u{feff}{}",
        ])
    func whatIsNoDocumentIsRefused(_ text: String) throws {
        #expect(reason(try scratch.write("x.json", text)) == .notJSON)
    }

    @Test func nestingBeyondTheLimitIsRefused() throws {
        let text = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
        #expect(reason(try scratch.write("x.json", text)) == .notJSON)
    }

    @Test func invalidUTF8IsRefused() throws {
        #expect(reason(try scratch.write("x.json", Data([0x22, 0xff, 0x22]))) == .notJSON)
    }

    @Test(arguments: ["{}", "[]", "null", "{\"format\":\"other/1\"}", "{\"format\":1}", "{\"format\":\"wycheproof\"}"])
    func whatIsOfNoFormatIsRefused(_ text: String) throws {
        #expect(reason(try scratch.write("x.json", text)) == .notVectors)
    }

    @Test func whatIsTooLargeIsRefusedUnread() throws {
        let path = try scratch.write("x.json", "")
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.truncate(atOffset: 1 << 40)
        try handle.close()
        #expect(reason(path) == .tooLarge)
        #expect(reason("/dev/zero") == .tooLarge)
    }

    @Test func whatIsNotThereOrNoFileIsRefused() throws {
        let path = try scratch.write("x.json", "{}")
        #expect(reason(scratch.path + "/none") == .notFound)
        #expect(reason(path + "/below") == .notFound)
        #expect(reason(scratch.path) == .unreadable)
        #expect(reason("") == .notFound)
    }

    @Test func linksThatLeadInACircleEnd() throws {
        try scratch.write("x.json", "{}")
        let manager = FileManager.default
        try manager.createDirectory(atPath: scratch.path + "/below", withIntermediateDirectories: true)
        try manager.createSymbolicLink(atPath: scratch.path + "/below/up", withDestinationPath: "..")
        try manager.createSymbolicLink(atPath: scratch.path + "/self.json", withDestinationPath: "self.json")
        let search = VectorSearch([scratch.path])
        #expect(search.files == [scratch.path + "/x.json"])
        #expect(search.faults.map(\.path) == [scratch.path + "/self.json"])
    }

    @Test func aFileThatHasNoPlaceAmongVectorsIsAFault() throws {
        for name in ["README.md", "decisions.json", "schema.json", "generate.py", "LICENCE", ".hidden"] {
            try scratch.write(name, "")
        }
        #expect(VectorSearch([scratch.path]).faults.isEmpty)
        try scratch.write("vectors.rsp", "")
        #expect(VectorSearch([scratch.path]).faults.map(\.reason) == [.invalid])
    }

    @Test func aFileIsKnownAsNamedOnlyWhereItWasNamed() throws {
        let path = try scratch.write("x.json", "{}")
        #expect(VectorSearch([path]).named == [path])
        #expect(VectorSearch([scratch.path]).named.isEmpty)
        #expect(VectorSearch([scratch.path + "/none"]).faults.map(\.reason) == [.notFound])
    }

    @Test func foldersThatAreTooDeepAreAFault() throws {
        let deep = scratch.path + String(repeating: "/a", count: 40)
        try FileManager.default.createDirectory(atPath: deep, withIntermediateDirectories: true)
        #expect(VectorSearch([scratch.path]).faults.count == 1)
    }
}
