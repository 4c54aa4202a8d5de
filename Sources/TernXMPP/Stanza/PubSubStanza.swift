// Owns how publishing and fetching are spelled, and how the answers are read. It must not know what is published.

public import TernCore
public import TernXML

/// Stanzas of XEP-0060 and XEP-0163.
public enum PubSubStanza {
    private static let namespace = "http://jabber.org/protocol/pubsub"

    /// Publishes an item, with the options that others need to read it (XEP-0384 §devices, §bundles).
    /// - Parameter most: How many items the node is to keep, where it keeps more than one.
    public static func publish(_ publication: Publication, id: String, most: String = "max") -> Element {
        var item = Element("item", namespace: namespace)
        item["id"] = publication.node.item
        item.append(publication.payload)
        let publish = Element(
            "publish", namespace: namespace, attributes: ["node": publication.node.name], elements: [item])
        let form = form(options(of: publication, most: most), "publish-options")
        let options = Element("publish-options", namespace: namespace, elements: [form])
        return iq("set", to: nil, id: id, [publish, options])
    }

    /// Configures the node of a publication as its publication asks (XEP-0060 §8.2): for one that was made by somebody else, or with
    /// other readers.
    public static func configure(_ publication: Publication, id: String, most: String = "max") -> Element {
        let configure = Element(
            "configure", namespace: namespace + "#owner", attributes: ["node": publication.node.name],
            elements: [form(options(of: publication, most: most), "node_config")])
        return iq("set", to: nil, id: id, [configure], namespace: namespace + "#owner")
    }

    /// Reads the items that a server gives (XEP-0060 §6.5.2).
    /// - Returns: Nothing for an answer about another node.
    public static func items(in answer: Element, of node: Node) -> [Item]? {
        guard let items = answer.first("pubsub", namespace: namespace)?.only("items"), items["node"] == node.name else {
            return nil
        }
        return self.items(items)
    }

    /// What an answer says of a node that was asked for.
    /// - Parameter own: The account that asks. Of its own nodes a server's refusal says nothing but `item-not-found`: a list that could
    ///   not be read must not be replaced.
    public static func fetched(_ reply: Reply, of node: Node, for own: BareJID) -> Fetched {
        switch reply {
        case .result(let answer):
            guard let items = items(in: answer, of: node) else { return .failed(isWorthRepeating: false) }
            return items.isEmpty ? .absent : .found(items)
        case .refused("item-not-found", _): return .absent
        case .refused(let condition, _):
            let isAbsent = node.owner != own && (nameless.contains(condition) || reply.isAboutRights)
            return isAbsent ? .absent : .failed(isWorthRepeating: false)
        case .nothing: return .failed(isWorthRepeating: true)
        }
    }

    /// What servers say of an account that they do not want to name, or that publishes nothing (RFC 6121 §8.5.1, XEP-0163 §3).
    private static let nameless: Set<String> = ["service-unavailable", "feature-not-implemented"]

    /// Reads what a server tells of a node (XEP-0060 §7.1.2.1), of whoever the stanza comes from.
    public static func event(in message: Element) -> (node: String, items: [Item])? {
        let namespace = namespace + "#event"
        guard let items = message.first("event", namespace: namespace)?.only("items"), let node = items["node"] else {
            return nil
        }
        return (node, self.items(items))
    }

    private static func items(_ items: Element) -> [Item] {
        items.elements("item").compactMap { item in
            item.elements.first.map { Item(id: item["id"], payload: $0) }
        }
    }

    private static func options(of publication: Publication, most: String) -> [Element] {
        var fields = [
            field("pubsub#access_model", publication.access == .everybody ? "open" : "whitelist"),
            field("pubsub#persist_items", "true"),
        ]
        // A node with an item for each device has to keep them all.
        let keepsAll = publication.node.item != "current"
        if keepsAll { fields.append(field("pubsub#max_items", most)) }
        return fields
    }

    private static func form(_ fields: [Element], _ kind: String) -> Element {
        let kind = field("FORM_TYPE", "http://jabber.org/protocol/pubsub#\(kind)", type: "hidden")
        return Element("x", namespace: "jabber:x:data", attributes: ["type": "submit"], elements: [kind] + fields)
    }

    /// Takes away an item (XEP-0060 §7.2), or a whole node, which only its owner can (§8.4).
    public static func retract(_ node: Node, id: String) -> Element {
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
    public static func fetch(_ node: Node, id: String) -> Element {
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
