// Owns that a client of a real server goes on when the server does not, and loses and doubles nothing.

import Foundation
import Testing

import TernCore
import TernCrypto
import TernTestKit
@testable import TernTransport
import TernXML
import TernXMPP

@Suite(.serialized) struct ServerClientTests {
    private func client(
        _ user: String, _ server: Prosody, registers: Bool = false, patience: Patience = Patience()
    ) throws -> ServerClient {
        var settings = StreamSettings(
            account: try BareJID("\(user)@\(Prosody.domain)"),
            secret: LoginSecret(password: SecretBytes(copying: Array("pencil".utf8))))
        settings.registers = registers
        return ServerClient(
            settings, at: [ServerAddress(host: "127.0.0.1", port: server.port, isDirect: false)],
            trusting: .file(server.authority), connectsAgain: true, patience: patience)
    }

    private func message(_ text: String, to: String) -> Element {
        Element(
            "message", namespace: "jabber:client",
            attributes: ["to": "\(to)@\(Prosody.domain)", "type": "chat", "id": text],
            elements: [Element("body", namespace: "jabber:client", text: text)])
    }

    /// What comes until `isLast`.
    private func arrivals(
        _ client: ServerClient, until isLast: @escaping @Sendable (ServerClient.Arrival) -> Bool
    ) async -> [ServerClient.Arrival] {
        let reading = Task {
            var all: [ServerClient.Arrival] = []
            for await arrival in client.arrivals {
                all.append(arrival)
                if case .stanza = arrival { await client.handled() }
                if isLast(arrival) { break }
            }
            return all
        }
        let limit = Task {
            try await Task.sleep(for: .seconds(120))
            reading.cancel()
        }
        defer { limit.cancel() }
        return await reading.value
    }

    private static func text(_ arrival: ServerClient.Arrival) -> String? {
        guard case .stanza(let element) = arrival, element.name == "message" else { return nil }
        return element.first("body")?.text
    }

    /// Whoever sends is told whether the server has it. What it has not is theirs to send again, and no client does it beside them.
    @Test func whatTheServerHasNotIsItsSendersToSendAgain() async throws {
        let server = try Prosody()
        defer { withExtendedLifetime(server) {} }
        let bob = try client("bob", server, registers: true)
        _ = try await bob.connect()
        await bob.close()
        let alice = try client(
            "alice", server, registers: true,
            patience: Patience(connecting: .seconds(30), answering: .seconds(2), silence: .seconds(60)))
        _ = try await alice.connect()
        #expect(await alice.send(message("1", to: "bob")))
        server.freeze()
        #expect(await alice.send(message("2", to: "bob")) == false)
        server.kill()
        _ = await arrivals(alice) { arrival in if case .lost = arrival { true } else { false } }
        try server.start()
        _ = await arrivals(alice) { arrival in if case .began = arrival { true } else { false } }
        for text in ["2", "3"] { #expect(await alice.send(message(text, to: "bob"))) }
        let reader = try client("bob", server)
        _ = try await reader.connect()
        #expect(await reader.send(Element("presence", namespace: "jabber:client")))
        let all = await arrivals(reader) { Self.text($0) == "3" }
        #expect(all.compactMap(Self.text) == ["1", "2", "3"])
        for each in [alice, reader] { await each.close() }
    }

    /// A server that says nothing any more is as good as gone: nobody waits for it without end.
    @Test func aSilentServerIsGone() async throws {
        let server = try Prosody()
        defer { withExtendedLifetime(server) {} }
        let alice = try client(
            "alice", server, registers: true,
            patience: Patience(connecting: .seconds(30), answering: .seconds(1), silence: .seconds(1)))
        _ = try await alice.connect()
        server.freeze()
        #expect(await alice.send(message("1", to: "bob")) == false)
        let all = await arrivals(alice) { arrival in if case .lost = arrival { true } else { false } }
        #expect(all.contains { if case .lost = $0 { true } else { false } })
        await alice.close()
    }

    /// RFC 6120 §8.1.2.1: whoever was asked answers, and nobody else.
    @Test func onlyWhoWasAskedAnswers() {
        let own = ["alice@a.test", "alice@a.test/r", "a.test"]
        let asked = ServerClient.key("7", "bob@b.test", own: own)
        #expect(ServerClient.key("7", "bob@b.test", own: own) == asked)
        for other in [nil, "eve@b.test", "bob@b.test/r", "alice@a.test", "b.test", "a.test"] {
            #expect(ServerClient.key("7", other, own: own) != asked)
        }
        let server = ServerClient.key("7", nil, own: own)
        for same in own { #expect(ServerClient.key("7", same, own: own) == server) }
        for other in ["bob@b.test", "eve@a.test", "alice@a.test/x"] {
            #expect(ServerClient.key("7", other, own: own) != server)
        }
    }
}
