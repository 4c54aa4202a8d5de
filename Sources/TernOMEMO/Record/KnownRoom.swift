// Owns what is kept of a room: who belongs to it. It must not know who is there.

internal import TernCore
internal import TernCrypto
internal import TernRatchet

/// The accounts that a room's messages are for.
struct KnownRoom: Equatable {
    private static let format: UInt8 = 1
    /// As many are in no room.
    static let limit = 8192

    /// How each belongs to it. Those who do not are not kept.
    private(set) var members: [BareJID: Affiliation] = [:]
    /// When anything of it was last said.
    var updated: Timestamp

    init(updated: Timestamp) {
        self.updated = updated
    }

    /// Takes what was said of one account.
    mutating func note(_ member: RoomMember) {
        members[member.jid] = member.affiliation.isRecipient ? member.affiliation : nil
    }

    init(_ record: Span<UInt8>) throws(RatchetError) {
        var reader = RecordReader(record)
        try reader.format(KnownRoom.format)
        updated = try reader.time()
        for _ in 0..<(try reader.number()) {
            guard let name = String(validating: try reader.counted().array, as: UTF8.self),
                let jid = try? BareJID(name), let affiliation = Affiliation(number: try reader.byte())
            else { throw .malformedRecord }
            members[jid] = affiliation
        }
        try reader.finish()
    }

    var record: SecretBytes {
        let sorted = members.sorted { $0.key < $1.key }.map { (name: Array($0.key.description.utf8), how: $0.value) }
        var writer = RecordWriter(capacity: 16 + sorted.reduce(0) { $0 + 5 + $1.name.count })
        writer.write(KnownRoom.format)
        writer.write(updated)
        writer.write(UInt32(sorted.count))
        for member in sorted {
            writer.write(counted: member.name.span)
            writer.write(member.how.number)
        }
        return writer.finish()
    }
}

extension Affiliation {
    /// The number that stands for it in records.
    fileprivate var number: UInt8 {
        switch self {
        case .owner: 1
        case .admin: 2
        case .member: 3
        case .none: 4
        case .outcast: 5
        }
    }

    fileprivate init?(number: UInt8) {
        guard let affiliation = Affiliation.allCases.first(where: { $0.number == number }) else { return nil }
        self = affiliation
    }
}
