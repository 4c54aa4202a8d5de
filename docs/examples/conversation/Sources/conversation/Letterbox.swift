// A server in memory: what somebody publishes others fetch, and what they send lies there until it is taken. Over XMPP the
// same four functions send stanzas.

import Synchronization
import Tern
import TernCore
import TernStore
import TernXML

final class Letterbox: Sendable {
    private let nodes = Mutex<[Node: [Item]]>([:])
    private let letters = Mutex<[Element]>([])

    func network(of jid: BareJID) -> some Network { Line(server: self, jid: jid) }

    func mail(of jid: BareJID) -> [Element] {
        letters.withLock { letters in
            defer { letters.removeAll { $0["to"] == jid.description } }
            return letters.filter { $0["to"] == jid.description }
        }
    }

    private struct Line: Network {
        let server: Letterbox
        let jid: BareJID

        func fetch(_ node: Node) async -> Fetched {
            let items = server.nodes.withLock { $0[Node(node.owner, node.name)] ?? [] }
            let found = items.filter { node.item == nil || node.item == $0.id }
            return found.isEmpty ? .absent : .found(found)
        }

        func publish(_ publication: Publication) async -> Published {
            let (node, item) = (publication.node, Item(id: publication.node.item, payload: publication.payload))
            server.nodes.withLock { nodes in
                nodes[Node(node.owner, node.name), default: []].removeAll { $0.id == item.id }
                nodes[Node(node.owner, node.name), default: []].append(item)
            }
            return .done
        }

        func retract(_ node: Node) async -> Published {
            server.nodes.withLock { nodes in
                if let item = node.item {
                    nodes[Node(node.owner, node.name)]?.removeAll { $0.id == item }
                } else {
                    nodes[node] = nil
                }
            }
            return .done
        }

        func send(_ stanza: Element) async -> Bool {
            var letter = stanza
            letter["from"] = jid.description
            server.letters.withLock { $0.append(letter) }
            return true
        }
    }
}

/// Shows a message, and lets go of it once it was shown.
func read(_ stanza: Element, in conversation: Conversation<AccountStore>) async throws {
    let message = try await conversation.read(stanza)
    if let text = message.text, let author = message.plaintext?.author {
        print("\(author.jid) (\(author.trust)): \(text)")
    }
    try await message.acknowledge()
}
