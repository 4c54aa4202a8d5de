// Owns the envelope of OMEMO 2: what is said, with the affixes that tie it to its conversation.
// It must not know how it is encrypted.

public import TernCore
public import TernCrypto
public import TernXML

/// An `<envelope/>` of stanza content encryption (XEP-0420), in the profile of OMEMO 2 (XEP-0384 §sce).
public struct Envelope: Hashable, Sendable {
    /// The namespace.
    public static let namespace = "urn:xmpp:sce:1"
    /// Bytes that an envelope is padded to, before a random length is added. It hides how long a short answer is.
    public static let minimumLength = 320

    /// What is said, without anything that belongs outside.
    public let elements: [Element]
    /// Elements that were passed over: servers process them, or they have no namespace of their own.
    public let refused: Int
    /// When the author claims to have written it.
    public let time: Timestamp?
    /// Whom the author wrote to: an account, or a room.
    public let to: BareJID?
    /// The author.
    public let from: BareJID?
    /// Random characters.
    let padding: String

    /// An envelope to be sent. In a room `to` has to be its address.
    /// - Throws: ``TernCore/SessionError/unsupported`` for elements that do not belong inside,
    ///   ``TernCore/SessionError/misuse`` for what XML cannot carry.
    public init(
        _ content: Content, from: BareJID, to: BareJID?, time: Timestamp?, entropy: inout some Entropy
    ) throws(SessionError) {
        let elements = content.envelopeElements
        guard elements.allSatisfy(Envelope.isAllowed) else { throw .unsupported }
        let bare = Envelope(elements, refused: 0, time: time, to: to, from: from, padding: "")
        let length = try bare.bytes().count
        let count = max(0, Envelope.minimumLength - length) + Int(entropy.number(below: 201))
        let padding = String(decoding: entropy.bytes(count).map { Envelope.alphabet[Int($0 & 63)] }, as: UTF8.self)
        self.init(elements, refused: 0, time: time, to: to, from: from, padding: padding)
    }

    init(_ elements: [Element], refused: Int, time: Timestamp?, to: BareJID?, from: BareJID?, padding: String) {
        self.elements = elements
        self.refused = refused
        self.time = time
        self.to = to
        self.from = from
        self.padding = padding
    }

    /// What is said: a text where there is one body and nothing else.
    public var content: Content {
        guard elements.count == 1, let body = elements.first, body.matches("body", Envelope.client),
            body.attributes.isEmpty, body.elements.isEmpty
        else { return .elements(elements) }
        return .text(body.text)
    }

    /// The envelope as it is encrypted.
    /// - Throws: ``TernCore/SessionError/misuse`` for what XML cannot carry.
    public func bytes() throws(SessionError) -> SecretBytes {
        guard let text = try? element.serialized() else { throw .misuse }
        return SecretBytes(copying: Array(text.utf8))
    }

    private var element: Element {
        let namespace = Envelope.namespace
        var element = Element(
            "envelope", namespace: namespace,
            elements: [
                Element("content", namespace: namespace, elements: elements),
                Element("rpad", namespace: namespace, text: padding),
            ])
        if let time { element.append(Element("time", namespace: namespace, attributes: ["stamp": time.xmpp])) }
        if let to { element.append(Element("to", namespace: namespace, attributes: ["jid": to.description])) }
        if let from { element.append(Element("from", namespace: namespace, attributes: ["jid": from.description])) }
        return element
    }

    /// Whether an element may stand inside. One that declares no namespace is in the envelope's, and means nothing there
    /// (XEP-0420 §rules).
    static func isAllowed(_ element: Element) -> Bool {
        !element.namespace.isEmpty && element.namespace != namespace && !ServerProcessed.contains(element)
    }

    static let client = "jabber:client"
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
}

extension Content {
    fileprivate var envelopeElements: [Element] {
        switch self {
        case .text(let text): [Element("body", namespace: Envelope.client, text: text)]
        case .elements(let elements): elements
        }
    }
}
