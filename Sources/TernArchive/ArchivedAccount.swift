// Owns what a file says of its account before its rows. It must not know how that is sealed.

public import TernCore

/// The account of a file.
public struct ArchivedAccount: Hashable, Sendable {
    /// Bytes of a file's name.
    static let nameLength = 16

    /// Its address.
    public let jid: BareJID
    /// What names the file: random bytes.
    public let file: [UInt8]
    /// Whether the store that it comes from has ended its own use of it.
    public let provenance: Provenance
    /// When the file was made.
    public let made: Timestamp

    /// An account that goes to a file.
    /// - Parameter file: 16 random bytes.
    public init(_ jid: BareJID, file: [UInt8], from provenance: Provenance, made: Timestamp) {
        precondition(file.count == ArchivedAccount.nameLength, "a file's name has 16 bytes")
        self.jid = jid
        self.file = file
        self.provenance = provenance
        self.made = made
    }
}

/// What stands in a file, one after the other. The numbers are part of the format.
enum EntryKind: UInt8 {
    case account = 1
    case address = 2
    case row = 3
    case end = 4
}

extension Provenance {
    var number: UInt8 {
        switch self {
        case .move: 1
        case .copy: 2
        }
    }

    init?(number: UInt8) {
        switch number {
        case 1: self = .move
        case 2: self = .copy
        default: return nil
        }
    }
}
