// Owns the spelling of what is inside an OX message (XEP-0373 §3.1). It must not know how it is protected.

public import TernCore
public import TernCrypto
public import TernXML

/// A `<signcrypt/>`, `<sign/>` or `<crypt/>`: for whom, when, and what.
public struct ContentElement: Hashable, Sendable {
    /// How it is protected.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Signed and encrypted: the one that messages use (XEP-0374 §3.1).
        case signcrypt
        /// Signed, and readable by everybody.
        case sign
        /// Encrypted by nobody knows whom.
        case crypt
    }

    /// How it is protected.
    public let kind: Kind
    /// Whom it is meant for.
    public let recipients: [BareJID]
    /// When it was written, as its author says.
    public let time: Timestamp
    /// What it says.
    public let payload: [Element]
    /// What its author spells differently from the specification, without harm.
    public let deviations: [Event.Deviation]

    /// The namespace of OX.
    public static let namespace = "urn:xmpp:openpgp:0"

    /// Something to say.
    public init(_ kind: Kind, to recipients: [BareJID], at time: Timestamp, _ payload: [Element]) {
        self.kind = kind
        self.recipients = recipients
        self.time = time
        self.payload = payload
        deviations = []
    }

    /// Reads what a message held.
    /// - Throws: ``TernCore/SessionError/malformed``.
    public init(_ plaintext: [UInt8]) throws(SessionError) {
        guard let root = try? XMLParser.parse(plaintext), root.namespace == ContentElement.namespace,
            let kind = Kind(rawValue: root.name), let stamp = root.only("time")?["stamp"],
            let payload = root.only("payload")
        else { throw .malformed }
        var deviations: [Event.Deviation] = []
        if let time = Timestamp(xmpp: stamp) {
            self.time = time
        } else if let time = Timestamp(xmpp: ContentElement.mended(stamp)) {
            // profanity up to 0.15 writes +0200
            self.time = time
            deviations.append(.stamp)
        } else {
            throw .malformed
        }
        if kind != .sign, root.elements("rpad").count != 1 { deviations.append(.padding) }
        var recipients: [BareJID] = []
        for element in root.elements("to") {
            guard let text = element["jid"], let jid = try? JID(text) else { throw .malformed }
            if jid.resource != nil, !deviations.contains(.fullAddress) { deviations.append(.fullAddress) }
            if !recipients.contains(jid.bare) { recipients.append(jid.bare) }
        }
        guard !recipients.isEmpty || kind == .crypt else { throw .malformed }
        self.kind = kind
        self.recipients = recipients
        self.payload = payload.elements
        self.deviations = deviations
    }

    /// An offset without its colon gets one.
    private static func mended(_ stamp: String) -> String {
        let digits = Array(stamp.utf8.suffix(5))
        guard digits.count == 5, digits[0] == UInt8(ascii: "+") || digits[0] == UInt8(ascii: "-") else { return stamp }
        return String(stamp.dropLast(2)) + ":" + String(stamp.suffix(2))
    }

    /// The bytes to protect.
    /// - Throws: ``TernCore/SessionError/malformed`` for a payload that XML cannot carry.
    public func bytes(padding: inout some Entropy) throws(SessionError) -> [UInt8] {
        var root = Element(kind.rawValue, namespace: ContentElement.namespace)
        for jid in recipients {
            root.append(Element("to", namespace: ContentElement.namespace, attributes: ["jid": jid.description]))
        }
        root.append(Element("time", namespace: ContentElement.namespace, attributes: ["stamp": time.xmpp]))
        if kind != .sign {
            root.append(
                Element("rpad", namespace: ContentElement.namespace, text: ContentElement.padding(from: &padding)))
        }
        root.append(Element("payload", namespace: ContentElement.namespace, elements: payload))
        do throws(XMLError) { return Array(try root.serialized().utf8) } catch { throw .malformed }
    }

    /// Text of a random length: what is said is not as long as what is seen.
    private static func padding(from entropy: inout some Entropy) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        let count = Int(entropy.number(below: longestPadding + 1))
        let letters = entropy.bytes(count).map { alphabet[Int($0 & 63)] }
        return String(decoding: letters, as: UTF8.self)
    }

    private static let longestPadding: UInt32 = 200
}
