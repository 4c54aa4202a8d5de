// A server in memory: what accounts publish is there for others to fetch, what they send lies in a mailbox. It fails where a
// test wants it to.

import Synchronization
import Tern
import TernCore
import TernXML

/// What is published and sent.
final class TestServer: Sendable {
    struct State {
        var nodes: [String: [String: Element]] = [:]
        var mail: [Element] = []
        /// What is asked of it, in order.
        var calls: [String] = []
        var failing: Set<String> = []
        var refusesMail = false
    }

    let state = Mutex(State())

    /// The network of one account.
    func network(of jid: BareJID) -> TestNetwork { TestNetwork(server: self, jid: jid) }

    func takeMail() -> [Element] {
        state.withLock { state in
            defer { state.mail = [] }
            return state.mail
        }
    }

    func calls(_ kind: String) -> [String] {
        state.withLock { $0.calls.filter { $0.hasPrefix(kind) } }
    }

    /// An account's bundles, by node and item.
    func bundles(of jid: BareJID) -> [String: [String: Element]] {
        state.withLock { state in
            state.nodes.filter { $0.key.hasPrefix("\(jid) ") && $0.value.values.contains { $0.name == "bundle" } }
        }
    }

    /// Gives bundles out with some of their prekeys, by their places.
    func put(_ bundles: [String: [String: Element]], onlyPreKeys isGiven: (Int) -> Bool) {
        let thinned = bundles.mapValues { items in
            items.mapValues { bundle in
                Element(
                    bundle.name, namespace: bundle.namespace,
                    elements: bundle.elements.map { part in
                        guard part.name == "prekeys" else { return part }
                        let keys = part.elements.enumerated().filter { isGiven($0.offset) }.map(\.element)
                        return Element(part.name, namespace: part.namespace, elements: keys)
                    })
            }
        }
        state.withLock { $0.nodes.merge(thinned) { _, new in new } }
    }

    static func key(_ node: Node) -> String { "\(node.owner) \(node.name)" }
}

struct TestNetwork: Network {
    let server: TestServer
    let jid: BareJID

    func fetch(_ node: Node) async -> Fetched {
        await Task.yield()
        return server.state.withLock { state in
            state.calls.append("fetch \(TestServer.key(node)) \(node.item ?? "")")
            guard !state.failing.contains(node.name) else { return .failed(isWorthRepeating: true) }
            guard let items = state.nodes[TestServer.key(node)] else { return .absent }
            let found = items.filter { node.item == nil || node.item == $0.key }
            return found.isEmpty ? .absent : .found(found.map { Item(id: $0.key, payload: $0.value) })
        }
    }

    func publish(_ publication: Publication) async -> Published {
        await Task.yield()
        return server.state.withLock { state in
            state.calls.append("publish \(TestServer.key(publication.node))")
            guard !state.failing.contains(publication.node.name) else { return .failed(isWorthRepeating: true) }
            let item = publication.node.item ?? "current"
            state.nodes[TestServer.key(publication.node), default: [:]][item] = publication.payload
            return .done
        }
    }

    func retract(_ node: Node) async -> Published {
        server.state.withLock { state in
            state.calls.append("retract \(TestServer.key(node)) \(node.item ?? "")")
            guard !state.failing.contains(node.name) else { return .failed(isWorthRepeating: true) }
            if let item = node.item {
                state.nodes[TestServer.key(node)]?[item] = nil
            } else {
                state.nodes[TestServer.key(node)] = nil
            }
            return .done
        }
    }

    func send(_ stanza: Element) async -> Bool {
        await Task.yield()
        return server.state.withLock { state in
            guard !state.refusesMail else { return false }
            var stanza = stanza
            stanza["from"] = jid.description + "/here"
            state.mail.append(stanza)
            return true
        }
    }
}

/// A server on which two accounts are at home and have published their keys.
struct Neighbourhood {
    let server = TestServer()
    let alice: Account<MemoryStore>
    let bob: Account<MemoryStore>
    let aliceNetwork: TestNetwork
    let bobNetwork: TestNetwork

    init() async throws {
        let (here, there) = (try BareJID("alice@example.org"), try BareJID("bob@example.org"))
        alice = try Account(creating: here, at: .now, in: MemoryStore())
        bob = try Account(creating: there, at: .now, in: MemoryStore())
        aliceNetwork = server.network(of: here)
        bobNetwork = server.network(of: there)
        try await alice.carryOut(over: aliceNetwork, at: .now)
        try await bob.carryOut(over: bobNetwork, at: .now)
    }

    func only(_ mail: [Element]) throws -> Element {
        guard let first = mail.first, mail.count == 1 else { throw SessionError.malformed }
        return first
    }
}
