// Owns what an account still has to send, publish or fetch, as stanzas. It must not know who sends them.

internal import Tern
internal import TernCore
internal import TernJSON
internal import TernOMEMO
internal import TernStore
internal import TernXML
internal import TernXMPP

/// Everything that waits in the store.
struct Waiting {
    /// One thing that waits.
    struct Entry {
        /// Its number in the store.
        let key: RowKey
        /// What is to be done.
        let kind: String
        /// With whom or with what.
        let subject: String
        /// The stanzas that do it.
        let stanzas: [String]
        /// How often it was asked for when it was read.
        let revision: Int

        /// The number that `tern outbox ack` takes.
        var number: String { "\(key.group).\(key.item)" }
    }

    let entries: [Entry]

    /// All stanzas, in the order in which they are to be sent.
    var stanzas: [String] { entries.flatMap(\.stanzas) }

    /// Nothing.
    init() {
        entries = []
    }

    /// Reads what waits.
    /// - Parameter keys: What is meant; everything without it.
    init(
        _ account: Account<AccountStore>, _ keys: Set<RowKey>? = nil
    ) async throws(CommandFailure) {
        do throws(SessionError) {
            var entries: [Entry] = []
            for (key, value) in try await account.outstanding() where keys?.contains(key) ?? true {
                entries.append(try await Waiting.entry(key, value, account))
            }
            self.entries = entries
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Removes everything that was read, once whoever asked has it.
    func done(_ account: Account<AccountStore>, _ console: Console) async throws(CommandFailure) {
        let done = entries.map { ($0.key, $0.revision) }
        try await console.whenDelivered { () throws(SessionError) in try await account.remove(outstanding: done) }
    }

    /// Puts everything into an object, under the names of the contract.
    func add(to object: inout JSONObject) {
        let names = [
            ("outbound", ["send", "trust-message"]), ("publish", ["publish", "retract"]), ("needs", ["fetch"]),
        ]
        for (name, kinds) in names {
            object[name] = .array(entries.filter { kinds.contains($0.kind) }.flatMap(\.stanzas).map { .string($0) })
        }
    }

    private static func entry(
        _ key: RowKey, _ value: Outstanding, _ account: Account<AccountStore>
    ) async throws(SessionError) -> Entry {
        let id = "tern-\(key.group)-\(key.item)"
        let revision = await account.revision(of: key)
        switch value {
        case .send(let outbound):
            return Entry(
                key: key, kind: "send", subject: outbound.subject, stanzas: [try outbound.text(id: id)],
                revision: revision)
        case .trustMessage(let outbound):
            return Entry(
                key: key, kind: "trust-message", subject: outbound.subject, stanzas: [try outbound.text(id: id)],
                revision: revision)
        case .publishDeviceList, .publishBundle, .publish:
            guard let publication = try await account.publication(for: value) else { throw .store(.damaged) }
            return Entry(
                key: key, kind: "publish", subject: publication.node.name,
                stanzas: [try text(PubSubStanza.publish(publication, id: id))], revision: revision)
        case .withdrawBundle:
            guard let node = await account.withdrawal(for: value) else { throw .store(.damaged) }
            return Entry(
                key: key, kind: "retract", subject: node.name, stanzas: [try text(PubSubStanza.retract(node, id: id))],
                revision: revision)
        case .fetchDeviceLists(let jid):
            let nodes = Version.allCases.map { DeviceList.node(of: jid, version: $0) }
            var stanzas: [String] = []
            for (place, node) in nodes.enumerated() {
                stanzas.append(try text(PubSubStanza.fetch(node, id: "\(id)-\(place)")))
            }
            return Entry(key: key, kind: "fetch", subject: jid.description, stanzas: stanzas, revision: revision)
        }
    }

    fileprivate static func text(_ element: Element) throws(SessionError) -> String {
        do throws(XMLError) { return try element.serialized() } catch { throw .store(.damaged) }
    }
}

extension Outbound {
    fileprivate var subject: String {
        switch destination {
        case .chat(let jid): jid.description
        case .room(let room): room.description
        }
    }

    /// The stanza.
    func text(id: String) throws(SessionError) -> String {
        try Waiting.text(stanza(id: id))
    }
}
