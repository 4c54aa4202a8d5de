// One process for many calls: what is written, what is refused, and that callers on a socket neither harm nor wait for each
// other.

import Foundation
import TernJSON
import Testing

@Suite struct RPCTests {
    private let stores: Stores

    init() throws { stores = try Stores() }

    /// Calls on standard input, and all answers.
    private func answers(_ calls: [String], _ store: String = "a") throws -> [JSONValue] {
        let finished = try stores.tern(store, ["rpc", "--stdio"], input: calls.map { $0 + "\n" }.joined())
        #expect(finished.status == 0)
        #expect(finished.errors == "")
        return try finished.outputLines.map { try JSONReader.read(Array($0.utf8)) }
    }

    private func code(_ answer: JSONValue) -> Int? { answer.object?["error"]?.object?["code"]?.integer }

    /// The objects of a result, each of which fits its schema.
    private func output(_ answer: JSONValue) throws -> [JSONObject] {
        let result = try #require(answer.object?["result"]?.object, "\(answer.text)")
        return try (result["output"]?.array ?? []).map { try JSONOutputTests.check(Substring($0.text)) }
    }

    private static func line(_ stanza: JSONValue) -> JSONValue { ["stanza": stanza] }

    // MARK: JSON-RPC 2.0 §4 to §7

    @Test(arguments: [
        (#"{"jsonrpc": "2.0", "method": "foobar", "id": "1"}"#, -32601, #""1""#),
        (#"{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]"#, -32700, "null"),
        (#"{"jsonrpc": "2.0", "method": 1, "params": "bar"}"#, -32600, "null"),
        ("1", -32600, "null"), ("[]", -32600, "null"), (#"{"method":"account.list","id":1}"#, -32600, "1"),
        (#"{"jsonrpc":"2.0","method":"account.list","id":{}}"#, -32600, "null"),
        (#"{"jsonrpc":"2.0","method":"account.list","id":7,"params":[1]}"#, -32602, "7"),
        (#"{"jsonrpc":"2.0","method":"account.list","id":7,"params":{"store":"x"}}"#, -32602, "7"),
        (#"{"jsonrpc":"2.0","method":"account.list","id":7,"more":1}"#, -32600, "7"),
        (#"{"jsonrpc":"2.0","method":"encrypt","id":7,"params":{"to":["x@example.org"]}}"#, -32602, "7"),
        (#"{"jsonrpc":"2.0","method":"encrypt","id":7,"params":{"to":["@"],"text":""}}"#, -32602, "7"),
        (#"{"jsonrpc":"2.0","method":"encrypt","id":7,"params":{"to":true,"text":""}}"#, -32602, "7"),
        (#"{"jsonrpc":"2.0","method":"man","id":7}"#, -32601, "7"),
        (#"{"jsonrpc":"2.0","method":"rpc","id":7,"params":{"stdio":true}}"#, -32601, "7"),
        (#"{"jsonrpc":"2.0","method":"encrypt","id":7,"params":{"to":"x@example.org","text":"a"}}"#, -32005, "7"),
        (#"{"jsonrpc":"2.0","method":"contact.show","id":7,"params":{"jid":"x@example.org"}}"#, -32005, "7"),
        (#"{"jsonrpc":"2.0","method":"decrypt","id":7,"params":{"stanza":"<a"}}"#, -32006, "7"),
    ])
    func errorsHaveTheirCodes(_ call: String, _ expected: Int, _ id: String) throws {
        let answers = try answers([call])
        #expect(answers.count == 1)
        let answer = try #require(answers.first)
        #expect(code(answer) == expected, "\(answer.text)")
        #expect(answer.object?["id"]?.text == id)
        if let data = answer.object?["error"]?.object?["data"] {
            var plain = try #require(data.object)
            #expect(plain["exit"]?.integer == -32000 - expected)
            plain["output"] = nil
            try JSONOutputTests.check(Substring(JSONValue.object(plain).text))
        }
    }

    @Test func notificationsAreDoneAndNotAnswered() throws {
        let answers = try answers([
            #"{"jsonrpc":"2.0","method":"contact.add","params":{"jid":"x@example.org"}}"#,
            #"{"jsonrpc":"2.0","method":"nothing"}"#, #"{"jsonrpc":"2.0","method":"contact.list","id":1}"#,
        ])
        #expect(answers.count == 1)
        #expect(try output(answers[0]).map { $0["jid"]?.string } == ["x@example.org"])
    }

    @Test func aBatchIsAnsweredAtOnce() throws {
        let answers = try answers([
            #"[{"jsonrpc":"2.0","method":"account.list","id":1},{"jsonrpc":"2.0","method":"account.list"},1,"#
                + #"{"jsonrpc":"2.0","method":"version","id":"2"}]"#,
            #"[{"jsonrpc":"2.0","method":"account.list"}]"#,
        ])
        #expect(answers.count == 1)
        let values = try #require(answers[0].array)
        #expect(values.map { $0.object?["id"]?.text } == ["1", "null", "\"2\""])
        #expect(code(values[1]) == -32600)
    }

    @Test func aLineThatIsTooLongHarmsNobodyElse() throws {
        let long = String(repeating: "x", count: (1 << 24) + 100)
        let answers = try answers([long, #"{"jsonrpc":"2.0","method":"version","id":1}"#])
        #expect(answers.map(code) == [-32700, nil])
    }

    @Test func whatIsDescribedIsWhatThereIs() throws {
        let answers = try answers([#"{"jsonrpc":"2.0","method":"rpc.discover","id":1}"#])
        let described = try #require(answers.first?.object?["result"])
        let published = try Data(contentsOf: Command.root.appending(path: "docs/rpc.json"))
        #expect(try JSONReader.read([UInt8](published)) == described)
        let names = (described.object?["methods"]?.array ?? []).compactMap { $0.object?["name"]?.string }
        for name in ["account.list", "bundle.import", "encrypt", "decrypt", "outbox.ack", "omemo.reset", "doctor"] {
            #expect(names.contains(name))
        }
    }

    // MARK: Work

    @Test func messagesPassBothWays() throws {
        let (a, b) = (try Caller(stores, "a"), try Caller(stores, "b"))
        for (one, other, jid) in [(a, b, "alice@example.org"), (b, a, "bob@example.org")] {
            let published = try output(try one.call("bundle.show")).compactMap { $0["xml"]?.string }
            #expect(published.count == 4)
            let taken = try output(
                try other.call(
                    "bundle.import", ["from": .string(jid), "items": .string(published.joined(separator: "\n"))]))
            #expect(taken.count == 4)
        }
        for round in 0..<3 {
            for (one, other, from, to) in [
                (a, b, "alice@example.org", "bob@example.org"), (b, a, "bob@example.org", "alice@example.org"),
            ] {
                let text = "round \(round) to \(to)\nwith two lines"
                let sealed = try output(try one.call("encrypt", ["to": [.string(to)], "text": .string(text)]))
                let stanza = try #require(sealed.first?["stanzas"]?.array?.first?.object?["xml"])
                let opened = try output(try other.call("decrypt", ["from": .string(from), "stanza": stanza]))
                #expect(opened.first?["text"]?.string == text)
                let again = try other.call("decrypt", ["from": .string(from), "stanza": stanza])
                #expect(code(again) == -32007)
            }
        }
        try a.end()
        try b.end()
    }

    @Test func manyMessagesAreOneCall() throws {
        let (a, b) = (try Caller(stores, "a"), try Caller(stores, "b"))
        let items = try stores.published().joined(separator: "\n")
        _ = try output(try a.call("bundle.import", ["from": "bob@example.org", "items": .string(items)]))
        let count = 1000
        let drafts = (0..<count).map { number -> JSONValue in
            ["to": "bob@example.org", "text": .string("message \(number)")]
        }
        let sealed = try output(try a.call("encrypt", ["messages": .array(drafts)]))
        #expect(sealed.count == count)
        let stanzas = sealed.compactMap { $0["stanzas"]?.array?.first?.object?["xml"] }.shuffled()
        let opened = try output(
            try b.call(
                "decrypt",
                [
                    "from": "alice@example.org",
                    "messages": .array(stanzas.map { RPCTests.line($0) }),
                ]))
        #expect(Set(opened.compactMap { $0["text"]?.string }).count == count)
        try a.end()
        try b.end()
    }

    @Test func sixteenCallersOfOneStoreLoseAndDoubleNothing() async throws {
        let a = try Caller(stores, "a")
        let items = try stores.published().joined(separator: "\n")
        _ = try output(try a.call("bundle.import", ["from": "bob@example.org", "items": .string(items)]))
        let path = a.path
        let stanzas = try await withThrowingTaskGroup(of: [JSONValue].self) { group in
            for caller in 0..<16 {
                group.addTask {
                    try await Threads.run {
                        let line = try Line(path)
                        return try (0..<20).map { number in
                            let answer = try line.call(
                                "encrypt", ["to": "bob@example.org", "text": .string("\(caller) \(number)")])
                            let output = answer.object?["result"]?.object?["output"]?.array
                            return try #require(output?.first?.object?["stanzas"]?.array?.first?.object?["xml"])
                        }
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        try a.end()
        let b = try Caller(stores, "b")
        let opened = try output(
            try b.call(
                "decrypt",
                [
                    "from": "alice@example.org",
                    "messages": .array(stanzas.map { RPCTests.line($0) }),
                ]))
        let texts = opened.compactMap { $0["text"]?.string }
        #expect(texts.count == 320 && Set(texts).count == 320)
        try b.end()
    }

    // MARK: Callers who mean harm

    @Test func whoSaysNothingReadsNothingOrGoesAwayHarmsNobody() throws {
        let a = try Caller(stores, "a")
        let silent = try Line(a.path)
        let deaf = try Line(a.path)
        for _ in 0..<400 { try deaf.send("rpc.discover", [:]) }
        let gone = try Line(a.path)
        try gone.send("version", [:])
        gone.hangUp()
        let flooding = try Line(a.path)
        let place: JSONValue = ["path": [.string(Command.root.path + "/TestVectors/rfc")]]
        for _ in 0..<2 { try flooding.send("vectors.run", place) }
        for _ in 0..<400 { try flooding.send("version", [:]) }
        let start = ContinuousClock.now
        #expect(try output(try a.call("account.list")).count == 1)
        #expect(ContinuousClock.now - start < .seconds(20))
        // each of them is answered, by a result or by the word that too many wait
        var codes: [Int?] = []
        for _ in 0..<402 { codes.append(code(try flooding.read())) }
        #expect(codes.allSatisfy { $0 == nil || $0 == -32014 })
        #expect(codes.contains(nil) && codes.contains(-32014))
        deaf.hangUp()
        silent.hangUp()
        try a.end()
    }

    @Test func aCallThatWaitsCanBeTakenBack() throws {
        let a = try Caller(stores, "a")
        let line = try Line(a.path)
        for _ in 0..<4 { try line.send("vectors.run", ["path": [.string(Command.root.path + "/TestVectors/rfc")]]) }
        try line.send("version", [:], id: "late")
        try line.send("cancel", ["id": "late"], id: "word")
        var answers: [String: JSONValue] = [:]
        for _ in 0..<6 {
            let answer = try line.read()
            if let id = answer.object?["id"]?.string { answers[id] = answer }
        }
        #expect(answers["word"]?.object?["result"]?.object?["cancelled"]?.boolean == true)
        #expect(answers["late"].flatMap(code) == -32099)
        line.hangUp()
        try a.end()
    }

    // MARK: The socket

    @Test func theSocketIsForItsOwnerAndGoesWithTheProcess() throws {
        let a = try Caller(stores, "a")
        var status = stat()
        #expect(unsafe lstat(a.path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        let second = try stores.tern("b", ["rpc", "--socket", a.path])
        #expect(second.status == 8)
        try a.end()
        #expect(unsafe lstat(a.path, &status) != 0)
        // what a process that was killed has left is taken over
        let killed = try Caller(stores, "a")
        killed.kill()
        #expect(unsafe lstat(killed.path, &status) == 0)
        let next = try Caller(stores, "a")
        #expect(try output(try next.call("account.list")).count == 1)
        try next.end()
        let file = stores.path("file")
        try Data("x".utf8).write(to: URL(filePath: file))
        #expect(try stores.tern("a", ["rpc", "--socket", file]).status == 2)
        #expect(try stores.tern("a", ["rpc"]).status == 2)
    }

    @Test func callsThatAreUnderWayAreFinished() throws {
        let a = try Caller(stores, "a")
        let line = try Line(a.path)
        for number in 0..<50 { try line.send("contact.add", ["jid": .string("c\(number)@example.org")]) }
        try a.end()
        var answered = 0
        while let answer = try? line.read() {
            #expect(code(answer) == nil)
            answered += 1
        }
        #expect(try stores.tern("a", ["contact", "list"]).outputLines.count == answered)
    }
}
