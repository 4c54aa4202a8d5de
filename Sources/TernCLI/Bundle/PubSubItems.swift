// Owns how published items stand in files and stanzas. It must not know what they hold.

internal import TernCore
internal import TernXML

/// The items of one node, as `<items node='…'/>` (XEP-0060).
struct PubSubItems {
    static let namespace = "http://jabber.org/protocol/pubsub"
    static let events = "http://jabber.org/protocol/pubsub#event"

    /// An item, which may be empty.
    typealias Entry = (id: String?, payload: Element?)

    /// The node's name.
    let node: String
    /// What it holds.
    let entries: [Entry]
    /// The account that the stanza around says it is of.
    let owner: BareJID?

    /// Reads an element `<items/>` or `<publish/>`; nil for another one.
    init?(_ element: Element, owner: BareJID?) {
        guard ["items", "publish"].contains(element.name),
            [PubSubItems.namespace, PubSubItems.events].contains(element.namespace), let node = element["node"]
        else { return nil }
        self.node = node
        self.owner = owner
        let items = element.elements.filter { $0.matches("item", element.namespace) }
        entries = items.map { ($0["id"], $0.elements.first) }
    }

    /// A publication as others fetch it.
    static func text(_ publication: Publication) throws(CommandFailure) -> String {
        var item = Element("item", namespace: namespace)
        item["id"] = publication.node.item
        item.append(publication.payload)
        let items = Element(
            "items", namespace: namespace, attributes: ["node": publication.node.name], elements: [item])
        do throws(XMLError) {
            return try items.serialized()
        } catch {
            throw CommandFailure(.internalError, "what is published cannot be written")
        }
    }
}
