// Owns the names of an account's tables. It must not know what their rows hold.

/// A kind of rows. The numbers are part of stored data: a number is never given to another table.
public enum Table: Int, Hashable, Sendable, CaseIterable {
    /// What an account is made of, one row a thing: (thing, 0).
    case setting = 1
    /// One-time prekeys: (version, id), and behind version 16 those that are no longer published.
    case preKey = 2
    /// Signed prekeys: (version, id).
    case signedPreKey = 3
    /// What is known of an address: (address, 0) what a person has set for it, (address, other) decisions about keys that
    /// are not known yet.
    case contact = 4
    /// Device lists as they were last published: (address, version).
    case deviceList = 5
    /// Devices, their keys, trust and sessions: (address, device id).
    case device = 6
    /// Bundles that no session was started from: (address, device id and version).
    case bundle = 7
    /// What a turn of a session's ratchet changes: (session, 0).
    case session = 8
    /// What every message of a session changes: (session, 0), the session's number below 2^32.
    case chain = 9
    /// Message keys for messages that have not arrived: (session, run and index).
    case skippedKey = 10
    /// What has still to be sent, published or fetched: (kind, sequence), and (``fetches``, address).
    case outbox = 11
    /// Plaintexts that nobody has acknowledged, under their message's digest.
    case inbox = 12
    /// Rooms and who belongs to them: (address, 0).
    case room = 13
    /// What was said in rooms and did not come back yet, under a digest of what it was encrypted as.
    case reflection = 14
    /// This account's key for OTR and its instance tag: (1, 0).
    case otrIdentity = 15
    /// What is kept of those whom OTR is spoken with: (address, 0).
    case otrPeer = 16
    /// Conversations of OTR between two processes: (address, digest of the resource). They go nowhere else: two copies of one
    /// would use a counter twice.
    case otrConversation = 17
    /// Texts of OTR that nobody has acknowledged, under their message's digest.
    case otrInbox = 18
    /// This account's key for OpenPGP: (1, 0).
    case pgpIdentity = 19
    /// The keys for OpenPGP of an address, this account's others included: (address, 0).
    case pgpPeer = 20

    /// The group of ``outbox`` whose rows stand under addresses.
    public static let fetches: Int64 = 2

    /// Whether its rows are part of an account that moves.
    public var travels: Bool { self != .otrConversation }

    /// Which numbers of a row's key stand for addresses. They mean nothing in another store.
    public func addresses(in key: RowKey) -> KeyAddresses {
        switch self {
        case .contact, .deviceList, .device, .bundle, .room, .otrPeer, .otrConversation, .pgpPeer: .group
        case .outbox: key.group == Table.fetches ? .item : []
        case .setting, .preKey, .signedPreKey, .session, .chain, .skippedKey, .inbox, .reflection, .otrIdentity,
            .otrInbox, .pgpIdentity:
            []
        }
    }
}

/// The numbers of a key that stand for addresses.
public struct KeyAddresses: OptionSet, Sendable, Hashable {
    /// The bits, which are part of account files.
    public let rawValue: UInt8

    /// Takes bits.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// What gathers rows.
    public static let group = KeyAddresses(rawValue: 1)
    /// Which of the group's rows.
    public static let item = KeyAddresses(rawValue: 2)
}
