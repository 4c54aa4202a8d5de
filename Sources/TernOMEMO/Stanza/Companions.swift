// Owns what stands beside an encrypted message, in the clear. It must not know what the message says.

public import TernXML

/// Hints, the name of the encryption and a fallback for clients that have none.
public enum Companions {
    /// What goes beside a message in `versions`.
    /// - Parameter fallback: a body for clients that cannot decrypt. OMEMO 2 forbids it (XEP-0420 §sending), so it is left
    ///   out where that is among the versions.
    public static func elements(for versions: [Version], fallback: String?) -> [Element] {
        var elements: [Element] = []
        if let fallback, !versions.isEmpty, versions.allSatisfy(\.spelling.allowsFallback) {
            elements.append(Element("body", namespace: Envelope.client, text: fallback))
        }
        elements += versions.map { version in
            // XEP-0380 §flow
            var element = Element("encryption", namespace: "urn:xmpp:eme:0")
            element["namespace"] = version.namespace
            element["name"] = version.spelling.displayName
            return element
        }
        // XEP-0334: without a body an archive would not keep it
        elements.append(Element("store", namespace: "urn:xmpp:hints"))
        return elements
    }

    /// What a client without OMEMO shows in place of the message.
    public static let fallback = "This message is encrypted with OMEMO, which your client does not seem to support."
}
