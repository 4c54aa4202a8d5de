// Owns that a connection to a real server goes as it should, and that a false one learns nothing. The server is Prosody, on loopback.

import Foundation
import Testing

import TernCore
import TernCrypto
import TernTestKit
@testable import TernTransport
import TernXML
import TernXMPP

@Suite(.serialized) struct ServerConnectionTests {
    private func settings(
        _ user: String = "alice", password: String = "pencil", _ change: (inout StreamSettings) -> Void = { _ in }
    ) throws -> StreamSettings {
        var settings = StreamSettings(
            account: try BareJID("\(user)@\(Prosody.domain)"),
            secret: LoginSecret(password: SecretBytes(copying: Array(password.utf8))))
        change(&settings)
        return settings
    }

    private func address(_ server: Prosody, isDirect: Bool = false) -> ServerAddress {
        ServerAddress(host: "127.0.0.1", port: isDirect ? server.directPort : server.port, isDirect: isDirect)
    }

    /// What a connection tells until `isLast`, for two minutes at most.
    private func events(
        of connection: ServerConnection, until isLast: @escaping @Sendable (ServerConnection.Occurrence) -> Bool
    ) async -> [ServerConnection.Occurrence] {
        let reading = Task {
            var all: [ServerConnection.Occurrence] = []
            for await event in connection.events {
                all.append(event)
                if isLast(event) { break }
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

    private func ready(_ connection: ServerConnection) async throws -> (JID, isResumed: Bool, unsent: [Element]) {
        let all = await events(of: connection) { event in
            switch event {
            case .stream(.ready), .stream(.ended), .failed: true
            default: false
            }
        }
        guard case .stream(.ready(let jid, let isResumed, let unsent))? = all.last else {
            Issue.record("not ready: \(all)")
            throw TransportError.lost
        }
        return (jid, isResumed, unsent)
    }

    /// Why a connection comes to nothing.
    private func end(_ connection: ServerConnection) async -> TransportError? {
        let all = await events(of: connection) { event in
            switch event {
            case .stream(.ready), .stream(.ended), .failed: true
            default: false
            }
        }
        switch all.last {
        case .failed(let error): return error
        case .stream(.ended(let error?)): return .stream(error)
        default: return nil
        }
    }

    private func registered(_ users: String..., on server: Prosody) async throws {
        for user in users {
            let connection = try await ServerConnection(
                try settings(user) { ($0.registers, $0.endsAfterRegistration) = (true, true) },
                at: address(server), trusting: .file(server.authority))
            let all = await events(of: connection) { event in
                switch event {
                case .stream(.ended), .failed: true
                default: false
                }
            }
            #expect(all.contains { if case .stream(.registered) = $0 { true } else { false } })
        }
    }

    private func message(_ text: String, to: String) -> Element {
        Element(
            "message", namespace: "jabber:client",
            attributes: ["to": "\(to)@\(Prosody.domain)", "type": "chat", "id": text],
            elements: [Element("body", namespace: "jabber:client", text: text)])
    }

    // MARK: Going well

    @Test func anAccountIsRegisteredAndLoggedIn() async throws {
        let server = try Prosody()
        defer { withExtendedLifetime(server) {} }
        try await registered("alice", on: server)
        for isDirect in [false, true] {
            let connection = try await ServerConnection(
                try settings(), at: address(server, isDirect: isDirect), trusting: .file(server.authority))
            let all = await events(of: connection) { if case .stream(.ready) = $0 { true } else { false } }
            let logins = all.compactMap { event -> (LoginMechanism, SCRAMKeys?)? in
                if case .stream(.loggedIn(let mechanism, let keys)) = event { (mechanism, keys) } else { nil }
            }
            let (mechanism, keys) = try #require(logins.first)
            #expect(mechanism.name == "SCRAM-SHA-1" || mechanism.name == "SCRAM-SHA-256")
            connection.close()

            // the keys of this login are enough for the next
            let kept = StreamSettings(
                account: try BareJID("alice@\(Prosody.domain)"), secret: LoginSecret(keys: try #require(keys)))
            let second = try await ServerConnection(
                kept, at: address(server, isDirect: isDirect), trusting: .file(server.authority))
            #expect(try await ready(second).0.bare.description == "alice@\(Prosody.domain)")
            second.close()
        }
    }

    /// XEP-0077 §3: on one stream with the login.
    @Test func aNewAccountIsLoggedInAtOnce() async throws {
        let server = try Prosody()
        defer { withExtendedLifetime(server) {} }
        let connection = try await ServerConnection(
            try settings { $0.registers = true }, at: address(server), trusting: .file(server.authority))
        #expect(try await ready(connection).0.bare.local == "alice")
        connection.close()
    }

    /// XEP-0198 with a real server: what was sent before a loss comes once, and so does what was on its way to us.
    @Test func aLostConnectionGoesOn() async throws {
        let server = try Prosody()
        defer { withExtendedLifetime(server) {} }
        try await registered("alice", "bob", on: server)
        let alice = try await ServerConnection(
            try settings("alice"), at: address(server), trusting: .file(server.authority))
        let bob = try await ServerConnection(
            try settings("bob"), at: address(server), trusting: .file(server.authority))
        _ = try await ready(alice)
        _ = try await ready(bob)
        try await bob.send(Element("presence", namespace: "jabber:client"))
        try await alice.send(message("1", to: "bob"))
        let first = await events(of: bob) { Self.text($0) == "1" }
        #expect(first.compactMap(Self.text) == ["1"])
        for event in first where Self.isStanza(event) { bob.handled() }

        bob.drop()
        _ = await events(of: bob) { if case .failed = $0 { true } else { false } }
        for text in ["2", "3"] { try await alice.send(message(text, to: "bob")) }
        let again = try await ServerConnection(
            try settings("bob"), at: address(server), trusting: .file(server.authority), after: bob)
        #expect(try await ready(again).isResumed)
        let rest = await events(of: again) { Self.text($0) == "3" }
        #expect(rest.compactMap(Self.text) == ["2", "3"])
        alice.close()
        again.close()
    }

    /// A server that was killed has forgotten the session: what it did not confirm is given back, to be sent again.
    @Test func aKilledServerGivesBackWhatItHadNot() async throws {
        let server = try Prosody()
        defer { withExtendedLifetime(server) {} }
        try await registered("alice", on: server)
        let alice = try await ServerConnection(
            try settings("alice"), at: address(server), trusting: .file(server.authority))
        _ = try await ready(alice)
        server.freeze()
        try await alice.send(message("1", to: "bob"))
        server.kill()
        _ = await events(of: alice) { if case .failed = $0 { true } else { false } }
        try server.start()
        let again = try await ServerConnection(
            try settings("alice"), at: address(server), trusting: .file(server.authority), after: alice)
        let state = try await ready(again)
        #expect(!state.isResumed)
        #expect(state.unsent == [message("1", to: "bob")])
        again.close()
    }

    private static func text(_ event: ServerConnection.Occurrence) -> String? {
        guard case .stream(.stanza(let element)) = event, element.name == "message" else { return nil }
        return element.first("body")?.text
    }

    private static func isStanza(_ event: ServerConnection.Occurrence) -> Bool {
        if case .stream(.stanza) = event { true } else { false }
    }

    // MARK: Refusals

    @Test func aCertificateNobodyVouchesForIsRefused() async throws {
        let server = try Prosody()
        defer { withExtendedLifetime(server) {} }
        for isDirect in [false, true] {
            let connection = try await ServerConnection(
                try settings(), at: address(server, isDirect: isDirect), trusting: .system)
            #expect(await end(connection) == .certificate)
        }
    }

    @Test func aCertificateForAnotherDomainIsRefused() async throws {
        let server = try Prosody(certificateFor: "other.test")
        defer { withExtendedLifetime(server) {} }
        for isDirect in [false, true] {
            let connection = try await ServerConnection(
                try settings(), at: address(server, isDirect: isDirect), trusting: .file(server.authority))
            #expect(await end(connection) == .certificate)
        }
    }

    @Test func aWrongPasswordIsRefused() async throws {
        let server = try Prosody()
        defer { withExtendedLifetime(server) {} }
        try await registered("alice", on: server)
        let connection = try await ServerConnection(
            try settings(password: "other"), at: address(server), trusting: .file(server.authority))
        #expect(await end(connection) == .stream(.login(.refused(condition: "not-authorized"))))
        let taken = try await ServerConnection(
            try settings { $0.registers = true }, at: address(server), trusting: .file(server.authority))
        #expect(await end(taken) == .stream(.notRegistered(condition: "conflict")))
    }

    /// The password itself goes to nobody who was not to have it.
    @Test func onlyAPasswordIsNotOffered() async throws {
        let server = try Prosody(
            settings: """
                disable_sasl_mechanisms = { "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS" }
                """)
        defer { withExtendedLifetime(server) {} }
        try await registered("alice", on: server)
        let connection = try await ServerConnection(
            try settings(), at: address(server), trusting: .file(server.authority))
        #expect(await end(connection) == .stream(.login(.noMechanism)))
        let asked = try await ServerConnection(
            try settings { ($0.allowsPlain, $0.leastStrength) = (true, 0) }, at: address(server),
            trusting: .file(server.authority))
        #expect(try await ready(asked).0.bare.local == "alice")
        asked.close()
    }

    @Test func nobodyAtAPortIsTold() async throws {
        let port = try FreePort.find()
        await #expect(throws: TransportError.unreachable) {
            _ = try await ServerConnection(
                try settings(), at: ServerAddress(host: "127.0.0.1", port: port, isDirect: false), trusting: .system)
        }
        await #expect(throws: TransportError.authorities) {
            _ = try await ServerConnection(
                try settings(), at: ServerAddress(host: "127.0.0.1", port: port, isDirect: false),
                trusting: .file("/nonexistent"))
        }
    }
}
