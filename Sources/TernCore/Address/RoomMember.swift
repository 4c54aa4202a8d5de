// Owns who belongs to a room, as the room says (XEP-0045). It must not know who writes there.

public import TernXML

/// How an account belongs to a room (XEP-0045 §5.2).
public enum Affiliation: String, Hashable, Sendable, CaseIterable {
    case owner, admin, member, none, outcast

    /// Whether messages are meant for it, also while it is not there (XEP-0384 §usecases-muc).
    public var isRecipient: Bool {
        switch self {
        case .owner, .admin, .member: true
        case .none, .outcast: false
        }
    }
}

/// An account and how it belongs to a room.
public struct RoomMember: Hashable, Sendable {
    /// Whose.
    public let jid: BareJID
    /// How.
    public let affiliation: Affiliation

    /// A member.
    public init(_ jid: BareJID, _ affiliation: Affiliation) {
        self.jid = jid
        self.affiliation = affiliation
    }
}

/// What a stanza of a room says of its members.
public struct RoomReport: Hashable, Sendable {
    /// Those it names by their accounts.
    public let members: [RoomMember]
    /// Occupants that it does not name: the room hides them, and cannot be encrypted for.
    public let hidden: Int
    /// Whether it is one of the lists that somebody asked for, and not a change.
    public let isList: Bool

    /// As many are in no room.
    private static let limit = 8192

    /// Reads the answer to a question for a list (XEP-0045 §9.5, §10.5, §10.8), a presence (§7.2.3) or a message (§9.8,
    /// §10.6) of a room.
    /// - Throws: ``SessionError/unsupported`` for what says nothing of members, ``SessionError/malformed`` for an affiliation or an
    ///   address that is none and for the refusal of a list: nothing may be concluded from that, ``SessionError/limitExceeded``.
    public init(_ stanza: Element) throws(SessionError) {
        guard stanza["type"] != "error" else { throw .malformed }
        var items: [Element] = []
        var isList = false
        for child in stanza.elements {
            if child.matches("query", RoomReport.admin) {
                isList = true
                items += child.elements.filter { $0.matches("item", RoomReport.admin) }
            }
            if child.matches("x", RoomReport.user) {
                items += child.elements.filter { $0.matches("item", RoomReport.user) }
            }
        }
        guard isList || !items.isEmpty else { throw .unsupported }
        guard items.count <= RoomReport.limit else { throw .limitExceeded }
        var members: [RoomMember] = []
        var hidden = 0
        for item in items {
            guard let name = item["affiliation"], let affiliation = Affiliation(rawValue: name) else {
                throw .malformed
            }
            guard let address = item["jid"] else {
                hidden += 1
                continue
            }
            guard let jid = try? JID(address) else { throw .malformed }
            members.append(RoomMember(jid.bare, affiliation))
        }
        (self.members, self.hidden, self.isList) = (members, hidden, isList)
    }

    private static let admin = "http://jabber.org/protocol/muc#admin"
    private static let user = "http://jabber.org/protocol/muc#user"
}
