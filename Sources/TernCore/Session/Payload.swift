// Owns what travels: stanza contents on their way in and out. It must not know how a stanza is addressed on the wire.

public import TernXML

/// The part of a message that is encrypted. OTR is text; OMEMO and OpenPGP are XML.
public enum Payload: Hashable, Sendable {
    /// The text of the `<body>`.
    case body(String)
    /// A child of the `<message>`.
    case element(Element)
}

/// One message to send.
public struct Outbound: Hashable, Sendable {
    /// To whom.
    public let destination: Destination
    /// What is encrypted.
    public let payload: Payload
    /// What goes beside it: hints, the name of the scheme, a fallback body. Nothing here is secret or protected.
    public let companions: [Element]

    /// To whom a message goes.
    public enum Destination: Hashable, Sendable {
        /// To an account, or to one of its resources where there is one.
        case chat(JID)
        /// To everybody in a room.
        case room(BareJID)
    }

    /// A message.
    public init(to destination: Destination, _ payload: Payload, companions: [Element] = []) {
        self.destination = destination
        self.payload = payload
        self.companions = companions
    }
}

/// One message that came.
public struct Incoming: Hashable, Sendable {
    /// What is encrypted.
    public let payload: Payload
    /// Who sent it, as the server says: in a room the account behind the occupant, or the occupant where that is not known.
    public let sender: JID
    /// To whom it was sent.
    public let recipient: JID
    /// The room it came through.
    public let room: BareJID?
    /// The identifier that the archive, or else the sender, gave it. A stranger may have chosen it.
    public let id: String?
    /// How it came.
    public let origin: Origin

    /// How a message came.
    public enum Origin: Hashable, Sendable {
        /// To this resource, as it was sent.
        case live
        /// As a copy of what another resource of ours sent or received (XEP-0280).
        case carbon
        /// From an archive (XEP-0313).
        case archive
    }

    /// A message.
    public init(
        _ payload: Payload, from sender: JID, to recipient: JID, room: BareJID? = nil, id: String? = nil,
        origin: Origin = .live
    ) {
        self.payload = payload
        self.sender = sender
        self.recipient = recipient
        self.room = room
        self.id = id
        self.origin = origin
    }
}
