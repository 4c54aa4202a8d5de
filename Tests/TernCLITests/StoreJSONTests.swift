// What the commands about stores print with --json fits the published schemas, on both streams.

import Foundation
import TernJSON
import Testing

@Suite struct StoreJSONTests {
    private let stores: Stores

    init() throws {
        stores = try Stores()
    }

    /// Holds all lines against their schemas, and gives those of standard output.
    @discardableResult
    private func run(_ arguments: [String], input: String = "", status: Int32 = 0) throws -> [JSONObject] {
        let finished = try stores.tern("a", arguments + ["--json"], input: input)
        #expect(finished.status == status, "\(arguments) \(finished.output)\(finished.errors)")
        #expect(!finished.output.isEmpty || !finished.errors.isEmpty, "\(arguments)")
        for line in finished.errorLines {
            let object = try JSONOutputTests.check(line)
            #expect(object["type"] == "error")
            #expect(object["exit"]?.integer == Int(finished.status))
        }
        return try finished.outputLines.map { try JSONOutputTests.check($0) }
    }

    @Test func everyLineFitsItsSchema() throws {
        let bob = "bob@example.org"
        try run(["account", "create", "work@example.org", "--device", "9"])
        #expect(try run(["account", "list"]).count == 2)
        try run(["account", "show"], status: 2)
        #expect(try run(["account", "delete", "work@example.org", "--yes"]).first?["kind"] == "account")
        #expect(try run(["account", "show"]).first?["preKeys"]?.array?.count == 2)
        #expect(try run(["bundle", "show"]).count == 4)
        let taken = try run(["bundle", "import", "--from", bob], input: try stores.published().joined())
        #expect(taken.map { $0["kind"] } == ["deviceList", "bundle", "deviceList", "bundle"])
        let key = try #require(taken[1]["fingerprint"]?.string)
        #expect(key.split(separator: " ").map(\.count) == Array(repeating: 8, count: 8))
        let wrong = String(repeating: "00000000", count: 8)
        try run(["bundle", "import", "--from", bob], input: "<items", status: 6)
        try run(["contact", "add", "carol@example.org"])
        #expect(try run(["contact", "list"]).count == 2)
        try run(["contact", "show", bob])
        #expect(try run(["contact", "verify", bob, "--device", "2", key]).first?["trust"] == "verified")
        try run(["contact", "verify", bob, "--device", "2", wrong], status: 4)
        #expect(try run(["contact", "distrust", bob]).first?["trust"] == "distrusted")
        #expect(try run(["contact", "trust", bob]).first?["trust"] == "firstUse")
        try run(["contact", "trust", "nobody@example.org"], status: 5)
        let room = "room@muc.example.org"
        #expect(try run(["room", "set", room, bob]).first?["members"]?.array?.count == 1)
        let text = "hello"
        #expect(try run(["encrypt", "--room", room], input: text).first?["type"] == "encrypted")
        try run(["room", "import", room], input: "<presence xmlns='jabber:client'/>", status: 15)
        #expect(try run(["room", "list"]).count == 1)
        try run(["room", "set", room, "nobody@example.org"])
        try run(["bundle", "import", "--from", "nobody@example.org", "--absent", "urn:xmpp:omemo:2:devices"])
        try run(
            [
                "bundle", "import", "--from", "nobody@example.org", "--absent",
                "eu.siacs.conversations.axolotl.devicelist",
            ])
        let left = try run(["encrypt", "--room", room], input: text).first?["events"]?.array ?? []
        #expect(left.contains { $0.object?["kind"] == "memberLeftOut" && $0.object?["reason"] == "noDevices" })
        #expect(try run(["room", "forget", room]).first?["kind"] == "room")
        try run(["encrypt", "--room", room], input: text, status: 5)
        try run(["contact", "forget", "nobody@example.org"])
        let home = "bob@example.org/home"
        #expect(try run(["otr", "query", "--to", home]).first?["phase"] == "negotiating")
        try run(["otr", "step", "--to", home], input: "hello", status: 5)
        try run(["otr", "step", "--from", home], input: "?OTRv2?", status: 15)
        try run(["otr", "smp", "--to", home, "--secret-fd", "0"], input: "secret", status: 5)
        try run(["otr", "symkey", "--to", home, "--use", "1", "--key", stores.path("extra-key")], status: 5)
        try run(["otr", "file", "--to", home, stores.path("b.xml"), "--output", stores.path("out")], status: 5)
        try run(["otr", "pipe"], input: #"{"do":"say","peer":"\#(home)","text":"no","id":"1"}"#, status: 5)
        try run(["otr", "end", "--to", home])
        #expect(try run(["otr", "keys"]).first?["peers"]?.array?.count == 1)
        #expect(try run(["otr", "policy", "bob@example.org", "--versions", "2"]).first?["answers"] == "queries")
        try run(["omemo", "status"])
        try run(["omemo", "devices", bob])
        let list = try stores.published()[2].replacing("id='2'", with: "id='7'")
        try run(["bundle", "import", "--from", "alice@example.org"], input: list)
        #expect(try run(["omemo", "devices"]).count == 2)
        #expect(try run(["omemo", "devices", "--remove", "7"]).first?["kind"] == "listedDevice")
        try run(["omemo", "reset", bob])
        try run(["omemo", "rotate"])
        #expect(try run(["omemo", "leave", "--yes"]).first?["left"] != nil)
        try run(["encrypt", "--to", bob], input: text, status: 5)
        #expect(try run(["omemo", "join"]).first?["left"] == nil)
        let passphrase = ["--file-passphrase-fd", "0"], secret = "correct horse"
        let alice = "alice@example.org", copy = stores.path("copy")
        let exported = try run(["account", "export", alice, "--output", copy] + passphrase, input: secret)
        #expect(exported.first?["moved"] == false && exported.first?["file"]?.string == copy)
        let replace = ["account", "import", copy, "--replace", "--yes"] + passphrase
        try run(replace.filter { !$0.hasPrefix("--repl") && $0 != "--yes" }, input: secret, status: 2)
        #expect(try run(replace, input: secret).first?["publish"]?.array?.count == 2)
        try run(replace, input: secret, status: 7)
        try run(replace, input: "another", status: 18)
        let sessions = try run(["contact", "show", bob]).first?["sessions"]?.array ?? []
        #expect(sessions.allSatisfy { $0.object?["readOnly"] == true })
        try run(
            ["account", "export", alice, "--output", copy, "--force", "--move", "--yes"] + passphrase, input: secret)
        #expect(try run(["account", "show"]).first?["moved"] != nil)
        try run(["omemo", "rotate"], status: 5)
        #expect(try run(["account", "import", copy] + passphrase, input: secret).count == 1)
        try run(["contact", "forget", bob])
        let checks = try run(["doctor"])
        #expect(checks.last?["type"] == "diagnosis")
        #expect(checks.last?["checks"]?.integer == checks.count - 1)
    }

    @Test func whatFailsIsInTheSumToo() throws {
        try Data("none".utf8).write(to: URL(filePath: stores.path("a/store.db")))
        let checks = try run(["doctor"], status: 9)
        #expect(checks.last?["errors"] == 1)
        #expect(checks.last?["exit"] == 9)
    }
}
