// Owns how XEP-0027 stands in stanzas: armor without its lines. It must not know keys.

public import TernCore
internal import TernCrypto
public import TernXML

/// The `<x/>` elements of legacy OpenPGP (XEP-0027).
public enum LegacyMessage {
    /// What is encrypted.
    public static let encrypted = "jabber:x:encrypted"
    /// What is signed.
    public static let signed = "jabber:x:signed"

    /// Whether a `<message/>` has something encrypted, or is that alone.
    public static func isThere(in element: Element) -> Bool {
        element.name == "message"
            ? element.first("x", namespace: encrypted) != nil : element.matches("x", encrypted)
    }

    /// The encrypted bytes in a `<message/>`, or in an `<x/>` alone; nil where there are none.
    /// - Throws: ``TernCore/SessionError/malformed``; ``TernCore/SessionError/unauthentic`` where the checksum is another's.
    public static func bytes(in element: Element) throws(SessionError) -> [UInt8]? {
        guard isThere(in: element) else { return nil }
        guard let x = element.name == "message" ? element.only("x", namespace: encrypted) : element else {
            throw .malformed
        }
        return try Armor.bytes(in: x.text)
    }

    /// The signature in a `<presence/>` or `<message/>`, or in an `<x/>` alone, and the text it is over: that of `<status/>` or `<body/>`,
    /// which may be empty.
    public static func signature(
        in element: Element
    ) throws(SessionError) -> (bytes: [UInt8], text: String?)? {
        if element.matches("x", signed) { return (try Armor.bytes(in: element.text), nil) }
        let found = element.elements("x", namespace: signed)
        guard !found.isEmpty else { return nil }
        let text = element.name == "presence" ? "status" : "body"
        // a second text would be somebody else's
        guard found.count == 1, element.elements(text).count <= 1 else { throw .malformed }
        return (try Armor.bytes(in: found[0].text), element.first(text)?.text ?? "")
    }

    /// A signature as an element.
    public static func element(signature bytes: [UInt8]) -> Element {
        Element("x", namespace: signed, text: Armor.text(of: bytes))
    }

    /// A message with `bytes`, and words for whoever cannot read it.
    static func outbound(_ bytes: [UInt8], to destination: Outbound.Destination) -> Outbound {
        Outbound(
            to: destination, .element(Element("x", namespace: encrypted, text: Armor.text(of: bytes))),
            companions: [
                Element(
                    "encryption", namespace: "urn:xmpp:eme:0",
                    attributes: ["namespace": encrypted, "name": "Legacy OpenPGP"]),
                Element("body", namespace: "jabber:client", text: "This message is encrypted (XEP-0027)."),
            ])
    }
}
