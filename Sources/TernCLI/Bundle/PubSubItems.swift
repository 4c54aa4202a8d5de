// Owns how published items stand in files and stanzas. It must not know what they hold.

internal import TernCore
internal import TernXML

/// The items of one node, as `<items node='…'/>` (XEP-0060).
struct PubSubItems {
    private static let namespace = "http://jabber.org/protocol/pubsub"
    private static let events = "http://jabber.org/protocol/pubsub#event"

    /// The node's name.
    let node: String
    /// What it holds.
    let items: [Item]
    /// The account that the stanza around says it is of.
    let owner: BareJID?

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

    /// All that a document holds: elements `<items/>` or `<publish/>` one after the other, by themselves or in the stanzas
    /// that they come in.
    /// - Throws: `malformed` where there is none, or something else between them.
    static func read(_ document: [UInt8]) throws(CommandFailure) -> [PubSubItems] {
        let root: Element
        do throws(XMLError) {
            // Elements in a row are no document: they become one within a root of ours.
            let open = Array("<items xmlns='urn:tern:items'>".utf8)
            root = try XMLParser.parse(open + document + Array("</items>".utf8), limits: XMLLimits(bytes: 16 << 20))
        } catch {
            throw CommandFailure(error)
        }
        var found: [PubSubItems] = []
        for element in root.elements { found += try read(element, owner: nil) }
        guard !found.isEmpty else {
            throw CommandFailure(
                .malformed, "there is no <items node='…'> in this",
                hint: "see 'tern bundle show' for what it looks like")
        }
        return found
    }

    private static func read(_ element: Element, owner: BareJID?) throws(CommandFailure) -> [PubSubItems] {
        switch element.name {
        case "items", "publish":
            guard [namespace, events].contains(element.namespace), let node = element["node"] else { break }
            let items = element.elements.filter { $0.matches("item", element.namespace) }
            return [
                PubSubItems(
                    node: node,
                    items: items.compactMap { item in item.elements.first.map { Item(id: item["id"], payload: $0) } },
                    owner: owner)
            ]
        case "iq", "message", "pubsub", "event":
            let from = element["from"].flatMap { try? JID($0).bare } ?? owner
            var found: [PubSubItems] = []
            for child in element.elements where !["publish-options", "configure"].contains(child.name) {
                found += try read(child, owner: from)
            }
            return found
        default: break
        }
        throw CommandFailure(.malformed, "a <\(element.name)> where an <items node='…'> should be")
    }
}
