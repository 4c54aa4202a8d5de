// Owns how what waits is spelled as stanzas that a client sends as they are. It must not know what is published.

internal import TernCore
internal import TernXML

/// Stanzas of XEP-0060 and XEP-0163.
enum PubSubStanza {
    private static let namespace = "http://jabber.org/protocol/pubsub"

    /// Publishes an item, with the options that others need to read it (XEP-0384 §devices, §bundles).
    static func publish(_ publication: Publication, id: String) -> Element {
        var item = Element("item", namespace: namespace)
        item["id"] = publication.node.item
        item.append(publication.payload)
        let publish = Element(
            "publish", namespace: namespace, attributes: ["node": publication.node.name], elements: [item])
        var fields = [
            field("FORM_TYPE", "http://jabber.org/protocol/pubsub#publish-options", type: "hidden"),
            field("pubsub#access_model", publication.access == .everybody ? "open" : "whitelist"),
            field("pubsub#persist_items", "true"),
        ]
        // A node with an item for each device has to keep them all.
        let keepsAll = publication.node.item != "current"
        if keepsAll { fields.append(field("pubsub#max_items", "max")) }
        let form = Element("x", namespace: "jabber:x:data", attributes: ["type": "submit"], elements: fields)
        let options = Element("publish-options", namespace: namespace, elements: [form])
        return iq("set", to: nil, id: id, [publish, options])
    }

    /// Takes away an item (XEP-0060 §7.2), or a whole node, which only its owner can (§8.4).
    static func retract(_ node: Node, id: String) -> Element {
        guard let name = node.item else {
            let delete = Element("delete", namespace: namespace + "#owner", attributes: ["node": node.name])
            return iq("set", to: nil, id: id, [delete], namespace: namespace + "#owner")
        }
        let item = Element("item", namespace: namespace, attributes: ["id": name])
        let retract = Element(
            "retract", namespace: namespace, attributes: ["node": node.name, "notify": "true"], elements: [item])
        return iq("set", to: nil, id: id, [retract])
    }

    /// Asks for the items of a node.
    static func fetch(_ node: Node, id: String) -> Element {
        var items = Element("items", namespace: namespace, attributes: ["node": node.name])
        if let name = node.item {
            var item = Element("item", namespace: namespace)
            item["id"] = name
            items.append(item)
        }
        return iq("get", to: node.owner, id: id, [items])
    }

    private static func iq(
        _ type: String, to: BareJID?, id: String, _ elements: [Element], namespace: String = namespace
    ) -> Element {
        var iq = Element("iq", namespace: "jabber:client", attributes: ["type": type, "id": id])
        iq["to"] = to?.description
        iq.append(Element("pubsub", namespace: namespace, elements: elements))
        return iq
    }

    private static func field(_ name: String, _ value: String, type: String? = nil) -> Element {
        var field = Element("field", namespace: "jabber:x:data", attributes: ["var": name])
        field["type"] = type
        field.append(Element("value", namespace: "jabber:x:data", text: value))
        return field
    }
}
