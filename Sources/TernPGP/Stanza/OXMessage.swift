// Owns how OX stands in a stanza (XEP-0373 §3.1, XEP-0374 §3). It must not know what is in the message.

public import TernCore
internal import TernCrypto
public import TernXML

/// The `<openpgp/>` of a message.
public enum OXMessage {
    /// The bytes in a `<message/>`, or in an `<openpgp/>` alone; nil where there is none.
    /// - Throws: ``TernCore/SessionError/malformed`` where there are several, or no Base64 is in it.
    public static func bytes(in element: Element) throws(SessionError) -> [UInt8]? {
        guard let openpgp = try find(in: element) else { return nil }
        guard openpgp.elements.isEmpty, let bytes = try? Base64.decode(openpgp.text, tolerating: .whiteSpace),
            !bytes.isEmpty
        else { throw .malformed }
        return bytes
    }

    /// Whether a `<message/>` has one.
    public static func isThere(in element: Element) -> Bool {
        guard element.name == "message" else { return element.matches("openpgp", ContentElement.namespace) }
        return element.first("openpgp", namespace: ContentElement.namespace) != nil
    }

    private static func find(in element: Element) throws(SessionError) -> Element? {
        guard element.name == "message" else {
            return element.matches("openpgp", ContentElement.namespace) ? element : nil
        }
        let found = element.elements("openpgp", namespace: ContentElement.namespace)
        guard found.count <= 1 else { throw .malformed }
        return found.first
    }

    /// A message with `bytes`, the hints beside it, and words for whoever cannot read it.
    static func outbound(_ bytes: [UInt8], to destination: Outbound.Destination) -> Outbound {
        Outbound(
            to: destination,
            .element(Element("openpgp", namespace: ContentElement.namespace, text: Base64.encode(bytes.span))),
            companions: [
                Element("store", namespace: "urn:xmpp:hints"),
                Element(
                    "encryption", namespace: "urn:xmpp:eme:0",
                    attributes: ["namespace": ContentElement.namespace, "name": "OpenPGP for XMPP"]),
                Element("body", namespace: "jabber:client", text: "This message is encrypted with OpenPGP (OX)."),
            ])
    }
}
