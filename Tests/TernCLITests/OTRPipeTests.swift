// `tern otr pipe` and the same through `rpc`: conversations in memory, a request a line.

import Foundation
import TernJSON
import Testing

@Suite struct OTRPipeTests {
    private let stores: Stores

    init() throws { stores = try Stores() }

    /// A running `tern otr pipe`, and what it has said.
    private final class Pipe {
        let address: String
        private let process = Process()
        private let requests = Foundation.Pipe()
        private let answers = Foundation.Pipe()
        private var unread: [UInt8] = []
        private var asked = 0

        init(_ stores: Stores, _ store: String, _ address: String) throws {
            self.address = address
            process.executableURL = Command.folder.appending(path: "tern")
            process.arguments = ["--store", stores.path(store), "otr", "pipe"]
            process.standardInput = requests
            process.standardOutput = answers
            process.standardError = FileHandle.nullDevice
            try process.run()
        }

        deinit {
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        }

        func write(_ line: String) throws {
            try requests.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
        }

        /// Asks, and reads the answer to it.
        func ask(_ request: KeyValuePairs<String, JSONValue>) throws -> JSONObject {
            asked += 1
            var object = JSONObject(request.map { JSONObject.Member(name: $0.key, value: $0.value) })
            object["id"] = .string("\(asked)")
            try write(JSONValue.object(object).text)
            let answer = try #require(try read())
            #expect(answer["id"]?.string == "\(asked)")
            return answer
        }

        /// The next line; nothing at the end.
        func read() throws -> JSONObject? {
            while true {
                if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                    defer { unread.removeSubrange(...end) }
                    return try JSONReader.read(Array(unread[..<end])).object
                }
                var request = pollfd(fd: answers.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
                guard unsafe poll(&request, 1, 60_000) == 1 else { throw Caller.Failure(what: "it says nothing") }
                let chunk = answers.fileHandleForReading.availableData
                guard !chunk.isEmpty else { return nil }
                unread += Array(chunk)
            }
        }

        /// Says nothing more, and waits for the end.
        func finish() throws -> (lines: [JSONObject], status: Int32) {
            try requests.fileHandleForWriting.close()
            var lines: [JSONObject] = []
            while let line = try read() { lines.append(line) }
            process.waitUntilExit()
            return (lines, process.terminationStatus)
        }

        func terminate() { process.terminate() }
    }

    private static func kinds(_ answer: JSONObject) -> [String] {
        answer["events"]?.array?.compactMap { $0.object?["kind"]?.string } ?? []
    }

    /// Carries what `answer` says is to be sent, and what comes of it, until both are silent.
    /// - Returns: All answers, with whose they are.
    @discardableResult
    private func settle(_ answer: JSONObject, of one: Pipe, with other: Pipe) throws -> [(String, JSONObject)] {
        var all = [(one.address, answer)]
        for stanza in answer["stanzas"]?.array?.compactMap(\.string) ?? [] {
            let sent = stanza.replacing("<message ", with: "<message from='\(one.address)' ", maxReplacements: 1)
            let next = try other.ask(["do": "receive", "stanza": .string(sent)])
            all += try settle(next, of: other, with: one)
        }
        return all
    }

    private func talk() throws -> (Pipe, Pipe) {
        let a = try Pipe(stores, "a", "alice@example.org/x")
        let b = try Pipe(stores, "b", "bob@example.org/y")
        // nobody answers a stranger: the offer is told, and taken up
        let offer = try settle(try a.ask(["do": "start", "peer": .string(b.address)]), of: a, with: b)
        #expect(offer.count == 2 && OTRPipeTests.kinds(offer[1].1) == ["offered"])
        let all = try settle(try b.ask(["do": "start", "peer": .string(a.address)]), of: b, with: a)
        #expect(all.filter { OTRPipeTests.kinds($0.1).contains("established") }.count == 2)
        return (a, b)
    }

    @Test func aWholeConversation() throws {
        let (a, b) = try talk()
        for round in 0..<5 {
            let (one, other) = round % 2 == 0 ? (a, b) : (b, a)
            let all = try settle(
                try one.ask(["do": "say", "peer": .string(other.address), "text": .string("round \(round)")]), of: one,
                with: other)
            #expect(all.last?.1["text"]?.string == "round \(round)" && all.last?.1["trust"] == "firstUse")
        }
        // a comparison, begun by one and answered by the other
        let asked = try settle(
            try a.ask(["do": "verify", "peer": .string(b.address), "secret": "park", "question": "where?"]), of: a,
            with: b)
        #expect(OTRPipeTests.kinds(asked[asked.count - 1].1) == ["verificationAsked"])
        let done = try settle(
            try b.ask(["do": "answer", "peer": .string(a.address), "secret": "park"]), of: b, with: a)
        #expect(done.contains { $0.0 == a.address && $0.1["trust"] == "verified" })
        // a key for something else
        let announced = try a.ask(["do": "extraKey", "peer": .string(b.address), "use": 7, "data": "AQI="])
        let got = try settle(announced, of: a, with: b)
        let key = announced["extraKeys"]?.array?.first?.object
        #expect(key?["key"]?.string?.count == 44)
        #expect(got.last?.1["extraKeys"]?.array?.first?.object == key)
        // other commands go on meanwhile, and see what the conversation has found out
        let keys = try stores.tern("a", ["otr", "keys", "--json"])
        #expect(keys.status == 0 && keys.output.contains(#""trust":"verified""#))
        // the end of the input is the end for both
        let end = try a.finish()
        #expect(end.status == 0 && end.lines.count == 1 && end.lines[0]["phase"] == "ended")
        let told = try settle(end.lines[0], of: a, with: b)
        #expect(OTRPipeTests.kinds(told[1].1) == ["endedByPeer"])
        let after = try b.ask(["do": "say", "peer": .string(a.address), "text": "nobody reads this"])
        #expect(after["code"] == "ended")
        #expect(try b.finish().status == 5)
        #expect(try stores.tern("a", ["otr", "keys"]).output.contains("verified"))
    }

    @Test func aSignalEndsConversationsToo() throws {
        let (a, b) = try talk()
        a.terminate()
        let last = try a.read()
        #expect(last?["phase"] == "ended" && last?["stanzas"]?.array?.count == 1)
        #expect(try a.finish().status == 0)
        #expect(try b.finish().status == 0)
    }

    @Test(arguments: [
        ("nonsense", "malformed", 6), (#"["do"]"#, "malformed", 6),
        (#"{"do":"fly","peer":"bob@example.org/x"}"#, "usage", 2),
        (#"{"do":"say","peer":"bob@example.org/x"}"#, "usage", 2), (#"{"do":"start"}"#, "usage", 2),
        (#"{"do":"start","peer":"bob@example.org"}"#, "usage", 2),
        (#"{"do":"start","peer":"bob@example.org/x","text":"no"}"#, "usage", 2),
        (#"{"do":"say","peer":"bob@example.org/x","text":"no"}"#, "noSession", 5),
        (#"{"do":"answer","peer":"bob@example.org/x","secret":"no"}"#, "noSession", 5),
        (#"{"do":"extraKey","peer":"bob@example.org/x","use":-1}"#, "usage", 2),
        (#"{"do":"extraKey","peer":"bob@example.org/x","use":1,"data":"%"}"#, "malformed", 6),
        (#"{"do":"receive","body":"?OTRv3?"}"#, "usage", 2),
        (#"{"do":"receive","stanza":"<message"}"#, "malformed", 6),
        (#"{"do":"receive","stanza":"<presence xmlns='jabber:client'/>"}"#, "unsupported", 15),
        (#"{"do":"receive","peer":"bob@example.org/x","body":"?OTR:AAMD"}"#, "malformed", 6),
    ]) func badLinesHarmNoOthers(line: String, code: String, status: Int32) throws {
        let finished = try stores.tern(
            "a", ["otr", "pipe"], input: line + "\n" + #"{"do":"start","peer":"bob@example.org/x","id":"ok"}"# + "\n")
        let lines = try finished.output.split(separator: "\n").map {
            try #require(try JSONReader.read(Array($0.utf8)).object)
        }
        #expect(lines.contains { $0["id"] == "ok" && $0["phase"] == "negotiating" })
        #expect(lines.contains { ($0["code"] ?? $0["error"])?.string == code }, "\(finished.output)")
        #expect(finished.status == status)
    }

    /// Conversations last over calls, and end with the process that holds them.
    @Test func theSameThroughRPC() throws {
        let (a, b) = (try Caller(stores, "a"), try Caller(stores, "b"))
        func ask(_ caller: Caller, _ request: JSONValue) throws -> JSONObject {
            let answer = try caller.call("otr.pipe", ["requests": [request]]).object
            let result = answer?["result"]?.object ?? answer?["error"]?.object?["data"]?.object
            return try #require(result?["output"]?.array?.first?.object, "\(String(describing: answer))")
        }
        func settle(_ answer: JSONObject, _ one: Caller, _ from: String, _ other: Caller, _ to: String) throws
            -> JSONObject
        {
            var last = answer
            for body in answer["stanzas"]?.array?.compactMap(\.string) ?? [] {
                let sent = body.replacing("<message ", with: "<message from='\(from)' ", maxReplacements: 1)
                last = try settle(
                    try ask(other, ["do": "receive", "stanza": .string(sent)]), other, to, one, from)
            }
            return last
        }
        let (alice, bob) = ("alice@example.org/x", "bob@example.org/y")
        _ = try settle(try ask(a, ["do": "start", "peer": .string(bob)]), a, alice, b, bob)
        _ = try settle(try ask(b, ["do": "start", "peer": .string(alice)]), b, bob, a, alice)
        let read = try settle(
            try ask(a, ["do": "say", "peer": .string(bob), "text": "over calls"]), a, alice, b, bob)
        #expect(read["text"] == "over calls")
        try a.end()
        try b.end()
    }
}
