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
            "[" + String(repeating: "9", count: 400) + "]", "{\"a\":1,\"a\":1}", "\u{feff}{}",
        ])
    func whatIsNoDocumentIsRefused(_ text: String) throws {
        #expect(reason(try scratch.write("x.json", text)) == .notJSON)
    }

    @Test func nestingBeyondTheLimitIsRefused() throws {
        let closed = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
        let open = [String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 100_000)]
        for text in open + [closed] { #expect(reason(try scratch.write("x.json", text)) == .tooLarge) }
    }

    @Test func theMessageSaysWhereNestingBecomesTooDeep() throws {
        let path = try scratch.write("x.json", " " + String(repeating: "[", count: 100))
        let fault = #expect(throws: VectorFault.self) { try VectorFile(readingFrom: path) }
        #expect(fault?.detail == "nested too deeply, at byte 65")
    }

    @Test func moreValuesThanMemoryShouldHoldAreRefused() throws {
        let text = "[" + String(repeating: "[],", count: 1_000_000) + "[]]"
        #expect(reason(try scratch.write("x.json", text)) == .tooLarge)
    }

    @Test func manyNamesAreReadInTimeThatGrowsWithThem() throws {
        let names = (0..<120_000).map { "\"name \($0)\":\"1\"" }.joined(separator: ",")
        let text =
            #"{"format":"tern-omemo-transcript/1","name":"n","namespace":"urn:xmpp:omemo:2","producer":{"#
            + names + #"},"parties":{},"events":[]}"#
        let path = try scratch.write("x.json", text)
        let duration = ContinuousClock().measure { #expect(reason(path) == .invalid) }
        // quadratic, this took minutes unoptimised
        #expect(duration < .seconds(20))
    }

    @Test func aFileHasOneBudgetOfIterations() throws {
        func file(_ counts: [Int]) -> String {
            let key = String(repeating: "0", count: 64)
            let cases = counts.enumerated().map { place, count in
                #"{"id":"\#(place)","kind":"x25519-iterated","inputs":{"private":"\#(key)","public":"\#(key)","#
                    + #""iterations":\#(count)},"error":"malformed"}"#
            }
            return #"{"format":"tern-vectors/1","spec":"s","source":"s","generator":"g","licence":"l","cases":["#
                + cases.joined(separator: ",") + "]}"
        }
        #expect(reason(try scratch.write("x.json", file([50_000, 50_000]))) == nil)
        #expect(reason(try scratch.write("y.json", file([50_000, 50_001]))) == .tooLarge)
        // a case beyond the bound is refused without computing
        #expect(reason(try scratch.write("z.json", file([100_001, 100_000]))) == nil)
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
        let big = try scratch.write("y.json", Data(count: VectorFile.sizeLimit + 1))
        #expect(reason(big) == .tooLarge)
    }

    @Test func whatIsNotThereOrNoFileIsRefused() throws {
        let path = try scratch.write("x.json", "{}")
        #expect(reason(scratch.path + "/none") == .notFound)
        #expect(reason(path + "/below") == .notFound)
        #expect(reason(scratch.path) == .notFile)
        #expect(reason("/dev/zero") == .notFile)
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
