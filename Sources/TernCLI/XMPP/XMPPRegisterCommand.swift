// Owns `tern xmpp register`. It must not know how a server takes it.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernJSON
internal import TernTransport
internal import TernXMPP

/// `tern xmpp register`.
struct XMPPRegisterCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "register", abstract: "Register the account with its server.",
        discussion: """
            The server has to take registrations without questions (XEP-0077). Afterwards the account is logged in once.

            Example:
              tern xmpp register --password-fd 3 3<password
            """)

    @OptionGroup var server: XMPPOptions
    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        var settings = try server.settings(account.jid, options, in: console.workplace)
        settings.registers = true
        try await XMPPReport(server.client(settings, in: console.workplace), isNew: true).print(console)
        return .success
    }
}

/// `tern xmpp check`.
struct XMPPCheckCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Log in, and say what the server can do.",
        discussion: """
            Example:
              tern xmpp check --password-fd 3 3<password
            """)

    @OptionGroup var server: XMPPOptions
    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        let settings = try server.settings(account.jid, options, in: console.workplace)
        try await XMPPReport(server.client(settings, in: console.workplace), isNew: false).print(console)
        return .success
    }
}

/// What a login shows.
private struct XMPPReport {
    private let address: String
    private let mechanism: String
    private let features: [(name: String, isThere: Bool)]
    private let isNew: Bool

    init(_ client: ServerClient, isNew: Bool) async throws(CommandFailure) {
        self.isNew = isNew
        do throws(TransportError) {
            let jid = try await client.connect()
            var known: Set<String> = []
            for subject in [jid.bare.description, jid.bare.domain] {
                if case .result(let answer) = await client.ask({ ClientStanza.information(of: subject, id: $0) }) {
                    known.formUnion(ClientStanza.features(in: answer))
                }
            }
            address = jid.description
            mechanism = await client.mechanism?.name ?? ""
            features = XMPPReport.wanted.map { ($0.name, known.contains($0.feature)) }
            await client.close()
        } catch {
            throw CommandFailure(error)
        }
    }

    private static let wanted = [
        (name: "publish-options", feature: "http://jabber.org/protocol/pubsub#publish-options"),
        (name: "carbons", feature: "urn:xmpp:carbons:2"), (name: "archive", feature: "urn:xmpp:mam:2"),
    ]

    func print(_ console: Console) {
        guard !console.json else {
            var object = JSONObject()
            object["v"] = 1
            object["type"] = "xmpp"
            object["jid"] = .string(address)
            object["mechanism"] = .string(mechanism)
            object["new"] = .boolean(isNew)
            object["features"] = .array(features.filter(\.isThere).map { .string($0.name) })
            return console.print(.object(object))
        }
        console.print("account      \(safe(address))")
        console.print("login        \(mechanism)")
        for feature in features { console.print("\(feature.isThere ? "has" : "lacks")".padded + feature.name) }
    }
}

extension String {
    fileprivate var padded: String { self + String(repeating: " ", count: max(0, 13 - count)) }
}
