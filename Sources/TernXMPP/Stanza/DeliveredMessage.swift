// Owns taking a message out of what it came in, where whoever wrapped it may do so. It must not know what it says.

public import TernCore
public import TernXML

/// A message as it came: by itself, or as a copy that the own server made.
public struct DeliveredMessage: Hashable, Sendable {
    /// The message.
    public let message: Element
    /// Whether it is a copy of what another client of the account got or sent.
    public let isCarbon: Bool

    /// Takes a copy out of what it came in. Only the own account's server makes such copies: from whoever else they are forged
    /// (XEP-0280 §11, CVE-2017-5589).
    /// - Returns: Nothing for a forged copy, and for one that holds no message.
    public init?(_ stanza: Element, own: BareJID) {
        let wrappers = stanza.elements.filter {
            $0.namespace == "urn:xmpp:carbons:2" && ["received", "sent"].contains($0.name)
        }
        guard let wrapper = wrappers.first else {
            (message, isCarbon) = (stanza, false)
            return
        }
        // a server leaves `from` out for the account itself (RFC 6120 §8.1.2.1)
        guard wrappers.count == 1, stanza["from"].map({ (try? JID($0)) == JID(own) }) ?? true,
            let inner = wrapper.only("forwarded", namespace: "urn:xmpp:forward:0")?
                .only("message", namespace: XMPPNamespace.client)
        else { return nil }
        (message, isCarbon) = (inner, true)
    }
}
