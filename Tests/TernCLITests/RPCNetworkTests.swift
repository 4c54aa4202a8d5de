// A caller who is the network of an account: what it is asked, what its answers lead to, and what is told to those who
// listen. Nothing may wait for a caller who is silent or gone.

import Foundation
import Synchronization
import TernJSON
import Testing

@Suite struct RPCNetworkTests {
    private let stores: Stores

    init() throws { stores = try Stores() }

    private func code(_ answer: JSONValue) -> Int? { answer.object?["error"]?.object?["code"]?.integer }

    private func output(_ answer: JSONValue) throws -> [JSONObject] {
        let result = try #require(answer.object?["result"]?.object, "\(answer.text)")
        return try (result["output"]?.array ?? []).map { try JSONOutputTests.check(Substring($0.text)) }
    }

    private static let draft: JSONValue = ["to": "bob@example.org", "text": "Hello"]

    @Test func encryptFetchesWhatItLacksAlsoForOthers() async throws {
        let a = try Caller(stores, "a")
        let host = try HostingCaller(a.path)
        host.publish(try stores.published(), of: "bob@example.org")
        let attached = try await host.call("network.attach")
        #expect(attached.object?["result"]?.object?["account"]?.string == "alice@example.org")
        // What waits since the account was made is published first.
        let settled = try await host.call("network.settle")
        #expect(settled.object?["result"]?.object?["waiting"]?.integer == 0)
        #expect(host.state.withLock { $0.asked.filter { $0.hasPrefix("network.publish") } }.count == 4)

        let own = try output(try await host.call("encrypt", RPCNetworkTests.draft))
        #expect(own.first?["type"]?.string == "encrypted")
        #expect(host.state.withLock { $0.asked.filter { $0.hasPrefix("network.fetch") } }.count == 5)
        // Known by now, also to a command that comes from another process.
        let forwarded = try stores.tern("a", ["encrypt", "--to", "bob@example.org", "--json"], input: "Hi")
        #expect(forwarded.status == 0)
        #expect(host.state.withLock { $0.asked.filter { $0.hasPrefix("network.fetch") } }.count == 5)
        // Both can be read, and the answer to the key exchange goes over the network.
        let b = try Caller(stores, "b")
        let other = try HostingCaller(b.path)
        _ = try await other.call("network.attach")
        let stanzas = try [own, forwarded.outputLines.map { try JSONOutputTests.check($0) }].map { objects in
            try #require(objects.first?["stanzas"]?.array?.first?.object?["xml"])
        }
        for stanza in stanzas {
            let opened = try output(
                try await other.call("decrypt", ["from": "alice@example.org", "stanza": stanza]))
            #expect(opened.first?["text"]?.string?.isEmpty == false)
            #expect(opened.first?["outbound"]?.array?.isEmpty == true)
        }
        let answer = try await other.wait { $0.sent.first }
        let read = try output(
            try await host.call("decrypt", ["from": "bob@example.org", "stanza": .string(answer)]))
        #expect(read.first?["empty"]?.boolean == true)
        try a.end()
        try b.end()
    }

    @Test func failureAndAbsenceAreNotTheSame() async throws {
        let a = try Caller(stores, "a")
        let host = try HostingCaller(a.path)
        _ = try await host.call("network.attach")
        host.state.withLock { $0.isFailing = true }
        #expect(code(try await host.call("encrypt", RPCNetworkTests.draft)) == -32005)
        host.state.withLock { $0.isFailing = false }
        // Nobody is there: that is an answer, and is kept.
        #expect(code(try await host.call("encrypt", RPCNetworkTests.draft)) == -32005)
        let fetches = host.state.withLock { $0.asked.filter { $0.hasPrefix("network.fetch") } }.count
        #expect(code(try await host.call("encrypt", RPCNetworkTests.draft)) == -32005)
        #expect(host.state.withLock { $0.asked.filter { $0.hasPrefix("network.fetch") } }.count == fetches)
        // What failed was not published: it still waits.
        let waiting = try output(try await host.call("outbox.list"))
        #expect(waiting.count <= 4)
        try a.end()
    }

    @Test func nobodyWaitsForWhoIsGone() async throws {
        let a = try Caller(stores, "a")
        let host = try HostingCaller(a.path)
        _ = try await host.call("network.attach")
        host.state.withLock { $0.isSilent = true }
        let asked = host.state.withLock { $0.asked.count }
        let other = try HostingCaller(a.path)
        try other.begin("encrypt", RPCNetworkTests.draft, id: "1")
        _ = try await host.wait { $0.asked.count > asked ? true : nil }
        let start = ContinuousClock.now
        host.hangUp()
        #expect(code(try await other.answer(to: "1")) == -32005)
        #expect(ContinuousClock.now - start < .seconds(20))
        // The next one may be the network.
        #expect(code(try await other.call("network.attach")) == nil)
        let third = try HostingCaller(a.path)
        #expect(code(try await third.call("network.attach")) == -32008)
        #expect(code(try await third.call("network.attach", ["account": "nobody@example.org"])) == -32002)
        #expect(code(try await third.call("network.attach", ["strange": 1])) == -32602)
        try a.end()
    }

    /// A call that waits for its network can be taken back.
    @Test func whoWaitsForTheNetworkCanGiveUp() async throws {
        let a = try Caller(stores, "a")
        let host = try HostingCaller(a.path)
        _ = try await host.call("network.attach")
        host.state.withLock { $0.isSilent = true }
        try host.begin("encrypt", RPCNetworkTests.draft, id: "slow")
        _ = try await host.wait { $0.asked.contains { $0.hasPrefix("network.fetch") } ? true : nil }
        let word = try await host.call("cancel", ["id": "slow"])
        #expect(word.object?["result"]?.object?["cancelled"]?.boolean == true)
        #expect(code(try await host.answer(to: "slow")) != nil)
        try a.end()
    }

    @Test func whoListensIsTold() async throws {
        let a = try Caller(stores, "a")
        let listener = try HostingCaller(a.path)
        #expect(code(try await listener.call("subscribe", ["to": ["weather"]])) == -32602)
        _ = try await listener.call("subscribe", ["to": ["events", "needs"]])
        let other = try HostingCaller(a.path)
        #expect(code(try await other.call("encrypt", RPCNetworkTests.draft)) == -32005)
        let needs = try await listener.wait { $0.notifications.first { $0.object?["method"]?.string == "needs" } }
        #expect(needs.object?["params"]?.object?["needs"]?.array?.count == 2)
        // Two bundles and a look at the own lists wait since the account was made.
        let waiting = try await listener.wait { $0.notifications.first { $0.object?["method"]?.string == "outbox" } }
        #expect(waiting.object?["params"]?.object?["waiting"]?.integer == 3)
        let items = try stores.published().joined(separator: "\n")
        // also what a command of another process gives rise to
        let imported = try stores.tern("a", ["bundle", "import", "--from", "bob@example.org"], input: items)
        #expect(imported.status == 0)
        let event = try await listener.wait { $0.notifications.first { $0.object?["method"]?.string == "event" } }
        let told = try #require(event.object?["params"]?.object)
        try JSONOutputTests.check(.object(told), as: "event")
        #expect(told["kind"]?.string == "newDevice" && told["account"]?.string == "alice@example.org")
        #expect(other.state.withLock { $0.notifications }.isEmpty)
        try a.end()
    }

    /// Thousands of messages: how far they are is told, and who takes the call back gets what is done.
    @Test func aLongCallTellsItsProgressAndCanBeTakenBack() async throws {
        let a = try Caller(stores, "a")
        let host = try HostingCaller(a.path)
        let items = try stores.published().joined(separator: "\n")
        _ = try output(try await host.call("bundle.import", ["from": "bob@example.org", "items": .string(items)]))
        _ = try await host.call("subscribe", ["to": ["progress"]])
        let drafts = (0..<20_000).map { number -> JSONValue in
            ["to": "bob@example.org", "text": .string("message \(number)")]
        }
        try host.begin("encrypt", ["messages": .array(drafts)], id: "long")
        let progress = try await host.wait {
            $0.notifications.first { $0.object?["method"]?.string == "progress" } ?? $0.answers["long"]
        }
        let told = try #require(progress.object?["params"]?.object, "it was too fast to be told")
        try JSONOutputTests.check(.object(told), as: "progress")
        #expect(told["id"]?.string == "long")
        _ = try await host.call("cancel", ["id": "long"])
        let answer = try await host.answer(to: "long")
        #expect(code(answer) == -32099)
        let done = try #require(answer.object?["error"]?.object?["data"]?.object?["output"]?.array)
        // whole transactions
        #expect(done.count >= 256 && done.count < 20_000)
        // What is done is done: the next message follows on.
        let next = try output(try await host.call("encrypt", RPCNetworkTests.draft))
        let stanzas = (done + next.map { .object($0) }).compactMap {
            $0.object?["stanzas"]?.array?.first?.object?["xml"]
        }
        let b = try Caller(stores, "b")
        let reader = try HostingCaller(b.path)
        let opened = try output(
            try await reader.call(
                "decrypt",
                ["from": "alice@example.org", "messages": .array(stanzas.map { ["stanza": $0] })]))
        #expect(Set(opened.compactMap { $0["text"]?.string }).count == done.count + 1)
        try a.end()
        try b.end()
    }

    /// What a caller has not read is not forgotten: whoever asks again gets it again, after a crash and after a caller who
    /// has hung up.
    @Test(arguments: [true, false]) func whatWasNotReadComesAgain(crashes: Bool) async throws {
        let a = try Caller(stores, "a")
        let host = try HostingCaller(a.path)
        let items = try stores.published().joined(separator: "\n")
        _ = try output(try await host.call("bundle.import", ["from": "bob@example.org", "items": .string(items)]))
        let count = 600
        let drafts = (0..<count).map { number -> JSONValue in
            ["to": "bob@example.org", "text": .string("message \(number) " + String(repeating: "x", count: 2000))]
        }
        let sealed = try output(try await host.call("encrypt", ["messages": .array(drafts)]))
        let stanzas = sealed.compactMap { $0["stanzas"]?.array?.first?.object?["xml"] }
        let call: JSONValue = ["from": "alice@example.org", "messages": .array(stanzas.map { ["stanza": $0] })]
        let b = try Caller(stores, "b")
        // The answer is longer than a socket holds, and nobody reads it.
        let deaf = try Line(b.path)
        try deaf.send("decrypt", call)
        let watching = try HostingCaller(b.path)
        let kept: JSONValue = ["from": "alice@example.org", "stanza": stanzas[count - 1]]
        _ = try await watching.wait { _ in
            let answer = try? stores.tern("b", ["omemo", "status", "--json"]).outputLines.first
            return answer.map { $0.contains("\"unacknowledged\":\(count)") } == true ? true : nil
        }
        if crashes { b.kill() } else { deaf.hangUp() }
        let again = crashes ? try Caller(stores, "b") : b
        let reader = try HostingCaller(again.path)
        let opened = try output(try await reader.call("decrypt", call))
        #expect(opened.compactMap { $0["text"]?.string }.count == count)
        #expect(opened.allSatisfy { $0["repeated"]?.boolean == true })
        // Once it was read it is gone.
        _ = try await reader.wait { _ in
            let answer = try? stores.tern("b", ["omemo", "status", "--json"]).outputLines.first
            return answer.map { $0.contains("\"unacknowledged\":0") } == true ? true : nil
        }
        #expect(code(try await reader.call("decrypt", kept)) == -32007)
        try a.end()
        try again.end()
    }

    /// Who stops speaking, and goes without having read, has not read.
    @Test func whoStopsSpeakingAndGoesHasNotRead() async throws {
        let a = try Caller(stores, "a")
        let host = try HostingCaller(a.path)
        let items = try stores.published().joined(separator: "\n")
        _ = try output(try await host.call("bundle.import", ["from": "bob@example.org", "items": .string(items)]))
        let sealed = try output(try await host.call("encrypt", RPCNetworkTests.draft))
        let stanza = try #require(sealed.first?["stanzas"]?.array?.first?.object?["xml"])
        let b = try Caller(stores, "b")
        let gone = try Line(b.path)
        try gone.send("decrypt", ["from": "alice@example.org", "stanza": stanza])
        gone.stopSpeaking()
        let reader = try HostingCaller(b.path)
        // The answer has been written when the plaintext is kept, or soon after.
        _ = try await reader.wait { _ in
            let answer = try? stores.tern("b", ["omemo", "status", "--json"]).outputLines.first
            return answer.map { $0.contains("\"unacknowledged\":1") } == true ? true : nil
        }
        gone.hangUp()
        let again = try output(
            try await reader.call("decrypt", ["from": "alice@example.org", "stanza": stanza]))
        #expect(again.first?["text"]?.string == "Hello")
        try a.end()
        try b.end()
    }

    @Test func whereThereIsNoStoreOneIsMade() async throws {
        let a = try Caller(stores, "new")
        let caller = try HostingCaller(a.path)
        let created = try output(try await caller.call("account.create", ["jid": "new@example.org"]))
        #expect(created.first?["jid"]?.string == "new@example.org")
        #expect(code(try await caller.call("network.attach")) == nil)
        try a.end()
        #expect(try stores.tern("new", ["account", "list"]).output.contains("new@example.org"))
    }
}
