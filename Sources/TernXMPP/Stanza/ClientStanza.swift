// Owns the small stanzas that a client says beside its messages. It must not know what is encrypted.

public import TernXML

/// Stanzas of a client that is there.
public enum ClientStanza {
    /// Asks the server for copies of what the account's other clients send and get (XEP-0280 §4).
    public static func carbons(id: String) -> Element {
        iq("set", id: id, Element("enable", namespace: carbons))
    }

    /// Asks the server whether it is there (XEP-0199): it answers after all that was sent before.
    public static func ping(id: String) -> Element {
        iq("get", id: id, Element("ping", namespace: "urn:xmpp:ping"))
    }

    /// Asks what an account or a server can do (XEP-0030 §3.1).
    public static func information(of jid: String, id: String) -> Element {
        var iq = iq("get", id: id, Element("query", namespace: discovery))
        iq["to"] = jid
        return iq
    }

    /// The names of the features in an answer to ``information(of:id:)``.
    public static func features(in answer: Element) -> Set<String> {
        let query = answer.first("query", namespace: discovery)
        return Set(query?.elements("feature").compactMap { $0["var"] } ?? [])
    }

    /// Refuses a question, as every question has to be answered (RFC 6120 §8.2.3).
    public static func refusal(of question: Element) -> Element {
        let condition = Element("service-unavailable", namespace: XMPPNamespace.stanzas)
        let error = Element(
            "error", namespace: XMPPNamespace.client, attributes: ["type": "cancel"], elements: [condition])
        var answer = Element("iq", namespace: XMPPNamespace.client, attributes: ["type": "error"], elements: [error])
        (answer["id"], answer["to"]) = (question["id"], question["from"])
        return answer
    }

    private static func iq(_ type: String, id: String, _ payload: Element) -> Element {
        Element(
            "iq", namespace: XMPPNamespace.client, attributes: ["type": type, "id": id], elements: [payload])
    }

    private static let carbons = "urn:xmpp:carbons:2"
    private static let discovery = "http://jabber.org/protocol/disco#info"
}
