// Owns what a client says it can do (XEP-0030, XEP-0115): a server sends it what it asks for. It must not know what any of it means.

internal import TernCrypto
public import TernXML

/// A client's features, and the digest that stands for them in its presence.
public struct Capabilities: Sendable {
    private let features: [String]
    private static let program = "https://tern.invalid"
    private static let ping = "urn:xmpp:ping"
    private static let discovery = "http://jabber.org/protocol/disco#info"

    /// - Parameter nodes: Whose items are to be sent to this client (XEP-0163 §4.3).
    public init(notifyingOf nodes: [String]) {
        let own = [Capabilities.discovery, "http://jabber.org/protocol/caps", Capabilities.ping]
        features = (own + nodes.map { $0 + "+notify" }).sorted {
            Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8))
        }
    }

    /// XEP-0115 §5.1.
    public var digest: String {
        let text = "client/console//Tern<" + features.map { $0 + "<" }.joined()
        let digest = SHA1.digest(Array(text.utf8).span)
        return Base64.encode(digest.span)
    }

    /// The presence of a client that can do this.
    public var presence: Element {
        let caps = Element(
            "c", namespace: "http://jabber.org/protocol/caps",
            attributes: ["hash": "sha-1", "node": Capabilities.program, "ver": digest])
        return Element("presence", namespace: XMPPNamespace.client, elements: [caps])
    }

    /// Answers whoever asks what this client can do, or whether it is there; nothing for another question.
    public func answer(to question: Element) -> Element? {
        if question["type"] == "get", question.first("ping", namespace: Capabilities.ping) != nil {
            return Capabilities.answer(to: question, [])
        }
        guard question["type"] == "get", let query = question.first("query", namespace: Capabilities.discovery) else {
            return nil
        }
        var result = Element("query", namespace: Capabilities.discovery)
        result["node"] = query["node"]
        result.append(
            Element(
                "identity", namespace: Capabilities.discovery,
                attributes: ["category": "client", "type": "console", "name": "Tern"]))
        for feature in features {
            result.append(Element("feature", namespace: Capabilities.discovery, attributes: ["var": feature]))
        }
        return Capabilities.answer(to: question, [result])
    }

    private static func answer(to question: Element, _ elements: [Element]) -> Element {
        var answer = Element("iq", namespace: XMPPNamespace.client, attributes: ["type": "result"], elements: elements)
        (answer["id"], answer["to"]) = (question["id"], question["from"])
        return answer
    }
}
