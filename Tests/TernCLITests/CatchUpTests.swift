// Old messages come all at once, more than once, and with prekeys that others have used too.

import Foundation
import TernJSON
import Testing

@Suite struct CatchUpTests {
    /// Twenty strangers who fetched the same bundle begin with its prekeys, some with the same one: all of it is read where it
    /// comes from an archive.
    @Test func anArchiveIsReadWhole() throws {
        let stores = try Stores()
        let own = try stores.published().joined(separator: "\n")
        var lines: [String] = []
        for number in 0..<20 {
            let store = "s\(number)"
            #expect(try stores.tern(store, ["account", "create", "s\(number)@example.org", "--quiet"]).status == 0)
            #expect(try stores.tern(store, ["bundle", "import", "--from", "bob@example.org"], input: own).status == 0)
            let stanza = try stores.tern(store, ["encrypt", "--to", "bob@example.org"], input: "from \(number)").output
            let line: JSONValue = ["stanza": .string(stanza), "from": .string("s\(number)@example.org")]
            lines.append(line.text + "\n")
        }
        // each of them twice, as carbons and archives give them
        let input = (lines + lines.reversed()).joined()
        let opened = try stores.tern("b", ["decrypt", "--archive", "--json-lines"], input: input)
        let objects = try opened.outputLines.map { try JSONOutputTests.check($0) }
        #expect(objects.count == 40)
        #expect(Set(objects.compactMap { $0["text"]?.string }).count == 20)
        #expect(objects.suffix(20).allSatisfy { $0["repeated"]?.boolean == true || $0["code"]?.string == "duplicate" })
    }
}
