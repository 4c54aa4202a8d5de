// Owns the spelling of trust messages (XEP-0434) as XEP-0450 uses them for OMEMO 2. It must not know what follows from one.

public import TernCore
public import TernXML

/// What somebody says about keys.
public struct TrustMessage: Hashable, Sendable {
    /// The namespace.
    public static let namespace = "urn:xmpp:tm:1"
    /// What it is used for: automatic trust management.
    public static let usage = "urn:xmpp:atm:1"
    /// Keys that are read at most.
    public static let limit = 1000

    /// What is said about the keys of one account.
    public struct KeyOwner: Hashable, Sendable {
        /// The account.
        public let jid: BareJID
        /// Keys that are its own.
        public var trusted: [KeyIdentifier]
        /// Keys that are not, or not any more.
        public var distrusted: [KeyIdentifier]

        /// What is said about an account's keys.
        public init(_ jid: BareJID, trusted: [KeyIdentifier] = [], distrusted: [KeyIdentifier] = []) {
            self.jid = jid
            self.trusted = trusted
            self.distrusted = distrusted
        }
    }

    /// Each account once, and each of its keys once.
    public let owners: [KeyOwner]

    /// A message to be sent.
    public init(_ owners: [KeyOwner]) {
        self.owners = owners
    }

    /// Reads a message. A key that is both is distrusted.
    /// - Throws: ``TernCore/SessionError/unsupported`` for another use or encryption, ``TernCore/SessionError/malformed`` for
    ///   what the schema does not allow, ``TernCore/SessionError/limitExceeded`` for more than ``limit`` keys.
    public init(_ element: Element) throws(SessionError) {
        guard element.matches("trust-message", TrustMessage.namespace) else { throw .malformed }
        guard element["usage"] == TrustMessage.usage, element["encryption"] == Version.v2.namespace else {
            throw .unsupported
        }
        let entries = element.elements("key-owner")
        guard !entries.isEmpty else { throw .malformed }
        var owners: [KeyOwner] = []
        var count = 0
        for entry in entries {
            guard let text = entry["jid"], let jid = try? BareJID(text) else { throw .malformed }
            let (trust, distrust) = (entry.elements("trust"), entry.elements("distrust"))
            count += trust.count + distrust.count
            guard !(trust.isEmpty && distrust.isEmpty) else { throw .malformed }
            guard count <= TrustMessage.limit else { throw .limitExceeded }
            var owner = owners.first { $0.jid == jid } ?? KeyOwner(jid)
            for each in trust { owner.trusted.append(try KeyIdentifier(base64: each.text)) }
            for each in distrust { owner.distrusted.append(try KeyIdentifier(base64: each.text)) }
            owner.distrusted = owner.distrusted.unique
            let refused = Set(owner.distrusted)
            owner.trusted = owner.trusted.unique.filter { !refused.contains($0) }
            owners.removeAll { $0.jid == jid }
            owners.append(owner)
        }
        self.owners = owners
    }

    /// The element.
    public var element: Element {
        var element = Element("trust-message", namespace: TrustMessage.namespace)
        element["usage"] = TrustMessage.usage
        element["encryption"] = Version.v2.namespace
        for owner in owners {
            var entry = Element(
                "key-owner", namespace: TrustMessage.namespace, attributes: ["jid": owner.jid.description])
            for (name, keys) in [("trust", owner.trusted), ("distrust", owner.distrusted)] {
                for key in keys { entry.append(Element(name, namespace: TrustMessage.namespace, text: key.base64)) }
            }
            element.append(entry)
        }
        return element
    }
}
