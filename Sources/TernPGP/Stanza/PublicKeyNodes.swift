// Owns how public keys stand in PEP nodes (XEP-0373 §4): built strictly, parsed leniently. It must not know whether a key is any good.

public import TernCore
internal import TernCrypto
public import TernXML

/// The list of the keys that an account announces.
public struct PublicKeyList: Hashable, Sendable {
    /// A key that is announced.
    public struct Entry: Hashable, Sendable {
        /// Of the primary key.
        public let fingerprint: Fingerprint
        /// When it was published last.
        public let date: Timestamp?

        /// An entry.
        public init(_ fingerprint: Fingerprint, date: Timestamp?) {
            self.fingerprint = fingerprint
            self.date = date
        }
    }

    /// The node it is published at.
    public static let node = "urn:xmpp:openpgp:0:public-keys"

    /// The entries, each key once.
    public let entries: [Entry]
    /// Entries that are none, or of keys that are not of version 4.
    public let refused: Int
    /// What its publisher spells differently from the specification, without harm.
    public let deviations: [Event.Deviation]

    /// A list to publish.
    public init(_ entries: [Entry]) {
        var seen: Set<Fingerprint> = []
        self.entries = entries.filter { seen.insert($0.fingerprint).inserted }
        refused = 0
        deviations = []
    }

    /// Reads the newest item of the node.
    /// - Throws: ``TernCore/SessionError/malformed``, ``TernCore/SessionError/limitExceeded``.
    public init(_ items: [Item]) throws(SessionError) {
        guard let list = items.last?.payload, list.matches("public-keys-list", ContentElement.namespace) else {
            throw .malformed
        }
        let metadata = list.elements("pubkey-metadata")
        guard metadata.count <= PublicKeyList.most else { throw .limitExceeded }
        var entries: [Entry] = []
        var refused = 0
        for each in metadata {
            guard let text = each["v4-fingerprint"], let fingerprint = try? Fingerprint(hex: text),
                fingerprint.bytes.count == 20, !entries.contains(where: { $0.fingerprint == fingerprint })
            else {
                refused += 1
                continue
            }
            entries.append(Entry(fingerprint, date: each["date"].flatMap { Timestamp(xmpp: $0) }))
        }
        self.entries = entries
        self.refused = refused
        deviations = entries.contains { $0.date == nil } ? [.date] : []
    }

    /// As many keys are taken from one account.
    public static let most = 32

    /// The item to publish.
    public func publication(of account: BareJID) -> Publication {
        var list = Element("public-keys-list", namespace: ContentElement.namespace)
        for entry in entries {
            var each = Element("pubkey-metadata", namespace: ContentElement.namespace)
            each["v4-fingerprint"] = entry.fingerprint.hex
            each["date"] = entry.date?.xmpp
            list.append(each)
        }
        return Publication(list, at: Node(account, PublicKeyList.node, item: "current"), access: .everybody)
    }
}

/// A key as it is published.
public enum PublicKeyItem {
    private static let prefix = PublicKeyList.node + ":"

    /// The node of a key.
    public static func node(of key: Fingerprint) -> String { prefix + key.hex }

    /// Which key a node is for; nil where it is no such node.
    public static func key(ofNode name: String) -> Fingerprint? {
        guard name.hasPrefix(prefix), let key = try? Fingerprint(hex: String(name.dropFirst(prefix.count))),
            key.bytes.count == 20
        else { return nil }
        return key
    }

    /// The certificate in the newest item of a node.
    /// - Throws: ``TernCore/SessionError/malformed``.
    public static func bytes(in items: [Item]) throws(SessionError) -> [UInt8] {
        guard let element = items.last?.payload, element.matches("pubkey", ContentElement.namespace),
            let data = element.only("data"), let bytes = try? Base64.decode(data.text, tolerating: .whiteSpace),
            !bytes.isEmpty
        else { throw .malformed }
        return bytes
    }

    /// The item to publish. nbxmpp up to 4 asks for a date in the element, too.
    public static func publication(
        of certificate: Certificate, of account: BareJID, at now: Timestamp
    ) -> Publication {
        let data = Element(
            "data", namespace: ContentElement.namespace, text: Base64.encode(certificate.bytes.span))
        let element = Element(
            "pubkey", namespace: ContentElement.namespace, attributes: ["date": now.xmpp], elements: [data])
        return Publication(
            element, at: Node(account, node(of: certificate.fingerprint), item: now.xmpp), access: .everybody)
    }
}

/// A secret key as it is kept on a server, encrypted with a code (XEP-0373 §5).
public enum SecretKeyItem {
    /// The node, which nobody but its owner may read.
    public static let node = "urn:xmpp:openpgp:0:secret-key"

    /// The encrypted key in an element, or in the newest of items.
    /// - Throws: ``TernCore/SessionError/malformed``.
    public static func bytes(in element: Element) throws(SessionError) -> [UInt8] {
        guard element.matches("secretkey", ContentElement.namespace),
            let bytes = try? Base64.decode(element.text, tolerating: .whiteSpace), !bytes.isEmpty
        else { throw .malformed }
        return bytes
    }

    /// The item to publish.
    public static func publication(of bytes: [UInt8], of account: BareJID, at now: Timestamp) -> Publication {
        let element = Element("secretkey", namespace: ContentElement.namespace, text: Base64.encode(bytes.span))
        return Publication(element, at: Node(account, node, item: "current"), access: .ownerAlone)
    }
}
