// Owns the list of elements that servers process, and that stand outside the encryption for that.
// It must not know envelopes.

internal import TernXML

/// What is never believed from inside an envelope (XEP-0420 §server-processed).
enum ServerProcessed {
    /// Whether `element` belongs outside.
    static func contains(_ element: Element) -> Bool {
        namespaces.contains(element.namespace) || element.matches("stanza-id", "urn:xmpp:sid:0")
    }

    /// XEP-0334, XEP-0033 and XEP-0380, which XEP-0420 lists. The list is not complete, it says: what a server alone can
    /// vouch for follows: when a message was delayed (XEP-0203), and copies (XEP-0280, XEP-0297, XEP-0313).
    private static let namespaces: Set<String> = [
        "urn:xmpp:hints", "http://jabber.org/protocol/address", "urn:xmpp:eme:0",
        "urn:xmpp:delay", "urn:xmpp:carbons:2", "urn:xmpp:forward:0", "urn:xmpp:mam:2",
    ]
}
