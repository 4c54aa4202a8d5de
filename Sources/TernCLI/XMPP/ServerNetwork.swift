// Owns how a server is the network of an account: publishing, fetching, sending, and what its refusals mean. It must not know what
// nodes hold.

internal import Synchronization
internal import Tern
internal import TernCore
internal import TernTransport
internal import TernXML
internal import TernXMPP

/// A server that fetches, publishes and sends for an account.
final class ServerNetwork: Network {
    private let client: ServerClient
    private let own: BareJID
    private let hidden = Mutex<Set<Node>>([])

    init(_ client: ServerClient, of own: BareJID) {
        (self.client, self.own) = (client, own)
    }

    /// What is somebody's, and not for us to read, as far as their server says.
    func takeHidden() -> [Node] {
        hidden.withLock { nodes in
            defer { nodes = [] }
            return nodes.sorted { $0.words < $1.words }
        }
    }

    func fetch(_ node: Node) async -> Fetched {
        let reply = await client.ask { PubSubStanza.fetch(node, id: $0) }
        if reply.isAboutRights, node.owner != own { _ = hidden.withLock { $0.insert(node) } }
        return PubSubStanza.fetched(reply, of: node, for: own)
    }

    /// Servers differ in what they let a publication say of its node: where one refuses, the node is configured instead, and where it
    /// keeps fewer items, it is asked for fewer.
    func publish(_ publication: Publication) async -> Published {
        for most in ServerNetwork.counts {
            switch await client.ask({ PubSubStanza.publish(publication, id: $0, most: most) }) {
            case .result: return .done
            case .nothing: return .failed(isWorthRepeating: true)
            // made before, with other readers (XEP-0060 §7.1.5)
            case .refused(_, also: "precondition-not-met"), .refused("conflict", _):
                guard case .result = await client.ask({ PubSubStanza.configure(publication, id: $0, most: most) })
                else { continue }
                if case .result = await client.ask({ PubSubStanza.publish(publication, id: $0, most: most) }) {
                    return .done
                }
            case .refused: continue
            }
        }
        return .failed(isWorthRepeating: false)
    }

    func retract(_ node: Node) async -> Published {
        switch await client.ask({ PubSubStanza.retract(node, id: $0) }) {
        case .result, .refused("item-not-found", _): .done
        case .refused: .failed(isWorthRepeating: false)
        case .nothing: .failed(isWorthRepeating: true)
        }
    }

    func send(_ stanza: Element) async -> Bool { await client.send(stanza) }

    /// As many devices as servers let a node keep, the most first.
    private static let counts = ["max", "1000", "100", "10"]
}

extension Console {
    /// Says that somebody lets us not read what they publish.
    func note(hidden node: Node) {
        note(
            "\(safe(node.words)) is not there, or not for this account: its owner may have to accept it as a contact first"
        )
    }
}
