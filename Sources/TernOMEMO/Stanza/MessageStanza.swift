// Owns a `<message/>` around encrypted messages: how it is addressed, and what stands beside them.
// It must not know what they say, nor how a stanza travels; copies and archives are unwrapped before.

public import TernCore
public import TernXML

/// A message stanza with an `<encrypted/>` in one version or in both.
public struct MessageStanza: Hashable, Sendable {
    /// Kinds of messages (RFC 6121 §5.2.2).
    public enum Kind: String, Hashable, Sendable {
        case normal, chat, groupchat, headline
    }

    /// Who sent it, as the server says; in a room the occupant.
    public let from: JID?
    /// To whom.
    public let to: JID?
    /// Which kind.
    public let kind: Kind
    /// The identifier that its sender gave it.
    public let id: String?
    /// At least one, each version at most once, in the order in which they stand.
    public let encrypted: [EncryptedMessage]
    /// What stands beside them. Of a message that was received nothing is kept: nothing there is protected.
    public let companions: [Element]

    /// A message to be sent.
    /// - Parameter fallback: see ``Companions``.
    /// - Throws: ``TernCore/SessionError/misuse`` without an encrypted message, or with two of the same version.
    public init(
        to destination: Outbound.Destination, id: String?, _ encrypted: [EncryptedMessage], fallback: String? = nil
    ) throws(SessionError) {
        let versions = encrypted.map(\.version)
        guard !versions.isEmpty, Set(versions).count == versions.count else { throw .misuse }
        switch destination {
        case .chat(let jid):
            to = jid
            kind = .chat
        case .room(let room):
            to = JID(room)
            kind = .groupchat
        }
        from = nil
        self.id = id
        self.encrypted = encrypted
        companions = Companions.elements(for: versions, fallback: fallback)
    }

    /// Reads a stanza. Where only one of two versions can be read, that one is taken.
    /// - Throws: ``TernCore/SessionError/unsupported`` where nothing in it is encrypted with OMEMO and for a message that
    ///   came back as an error, ``TernCore/SessionError/malformed`` for addresses that are none and for two messages of one
    ///   version, and what ``EncryptedMessage/init(_:)`` throws.
    public init(_ element: Element) throws(SessionError) {
        guard element.matches("message", Envelope.client) else { throw .unsupported }
        guard element["type"] != "error" else { throw .unsupported }
        from = try MessageStanza.address(element["from"])
        to = try MessageStanza.address(element["to"])
        // RFC 6121 §5.2.2: an unknown kind is a normal message
        kind = element["type"].flatMap(Kind.init) ?? .normal
        id = element["id"]
        companions = []
        let found = element.elements.filter { EncryptedMessage.version(of: $0) != nil }
        guard !found.isEmpty else { throw .unsupported }
        guard Set(found.map(\.namespace)).count == found.count else { throw .malformed }
        var read: [EncryptedMessage] = []
        var failure = SessionError.malformed
        for element in found {
            do throws(SessionError) {
                read.append(try EncryptedMessage(element))
            } catch {
                failure = error
            }
        }
        guard !read.isEmpty else { throw failure }
        encrypted = read
    }

    private static func address(_ text: String?) throws(SessionError) -> JID? {
        guard let text else { return nil }
        guard let jid = try? JID(text) else { throw .malformed }
        return jid
    }

    /// The element.
    public var element: Element {
        var element = frame
        for message in encrypted { element.append(message.element) }
        for companion in companions { element.append(companion) }
        return element
    }

    /// The text of ``element``, without the tree.
    /// - Throws: ``TernCore/SessionError/misuse`` for an identifier or a fallback that XML cannot carry.
    public func xml() throws(SessionError) -> String {
        do throws(XMLError) {
            // written alone it has no children, and ends in "/>"
            var text = String(try frame.serialized().dropLast(2)) + ">"
            for message in encrypted { text += message.xml() }
            for companion in companions { text += try companion.serialized(in: Envelope.client) }
            return text + "</message>"
        } catch {
            throw .misuse
        }
    }

    private var frame: Element {
        var frame = Element("message", namespace: Envelope.client)
        frame["from"] = from?.description
        frame["to"] = to?.description
        frame["type"] = kind == .normal ? nil : kind.rawValue
        frame["id"] = id
        return frame
    }
}
