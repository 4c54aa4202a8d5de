// Owns how a server is the network of an account: publishing, fetching, sending, and what its refusals mean. It must not know what
// nodes hold.

internal import Tern
internal import TernCore
internal import TernTransport
internal import TernXML
internal import TernXMPP

/// A server that fetches, publishes and sends for an account.
struct ServerNetwork: Network {
    let client: ServerClient

    func fetch(_ node: Node) async -> Fetched {
        switch await client.ask({ PubSubStanza.fetch(node, id: $0) }) {
        case .result(let answer):
            guard let items = PubSubStanza.items(in: answer, of: node) else { return .failed(isWorthRepeating: false) }
            return items.isEmpty ? .absent : .found(items)
        // a server says the same of an account that it does not want to name (RFC 6121 §8.5.1)
        case .refused("item-not-found", _), .refused("service-unavailable", _), .refused("feature-not-implemented", _):
            return .absent
        // forbidden says nothing about what is there
        case .refused: return .failed(isWorthRepeating: false)
        case .nothing: return .failed(isWorthRepeating: true)
        }
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
