// Owns the rows of extra keys that have come and that nobody has used. It must not know what they are for.

public import TernCore
internal import TernCrypto

/// An extra key that the other end of a conversation has announced.
public struct KeptExtraKey: Sendable {
    /// The key.
    public let key: ExtraKey
    /// By whom it was announced, and how far their key was trusted.
    public let author: Plaintext.Author
    /// When.
    public let arrived: Timestamp
    /// Under what it is kept until it is acknowledged.
    public let receipt: RowKey

    private static let format: Int64 = 0x6f74_7200_0000_0002
    private static let secretLength = 32
    /// As many are kept of somebody; the oldest go.
    private static let most = 16

    static func save(
        _ keys: [ExtraKey], _ author: (key: Fingerprint, trust: Trust)?, from peer: JID, at now: Timestamp,
        in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        guard !keys.isEmpty, let author else { return }
        let number = try transaction.name(peer.bare)
        for key in keys {
            var head = FrozenWriter()
            head.write(format)
            head.write(now.milliseconds)
            head.write(author.key, author.trust)
            head.write(Int64(key.use))
            head.write(counted: key.data)
            var row = SecretBytes(count: head.bytes.count + secretLength)
            row.write(head.bytes.span, at: 0)
            key.secret.withSpan { row.write($0, at: head.bytes.count) }
            try transaction.save(row.span, .otrInbox, RowKey(number, place(of: key)))
        }
        let kept = try all(from: peer.bare, in: transaction).sorted { $0.arrived > $1.arrived }
        for old in kept.dropFirst(most) { try transaction.drop(.otrInbox, old.receipt) }
    }

    /// Forgets what has waited as long as a conversation may.
    static func expire(
        from peer: BareJID, at now: Timestamp, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        for kept in try all(from: peer, in: transaction) {
            let age = now.milliseconds.subtractingReportingOverflow(kept.arrived.milliseconds)
            if age.overflow || age.partialValue >= OTRShelf.lifetime { try transaction.drop(.otrInbox, kept.receipt) }
        }
    }

    static func all(
        from peer: BareJID, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> [KeptExtraKey] {
        guard let number = try transaction.find(peer) else { return [] }
        var found: [KeptExtraKey] = []
        for place in try transaction.places(.otrInbox, number) {
            guard let row = try transaction.load(.otrInbox, place) else { continue }
            found.append(try KeptExtraKey(row, place, peer))
        }
        return found
    }

    private init(_ row: borrowing SecretBytes, _ place: RowKey, _ peer: BareJID) throws(SessionError) {
        guard row.count >= KeptExtraKey.secretLength else { throw .store(.damaged) }
        let end = row.count - KeptExtraKey.secretLength
        var reader = FrozenReader(row.withSpan { span in (0..<end).map { span[$0] } })
        guard try reader.number() == KeptExtraKey.format else { throw .store(.damaged) }
        arrived = Timestamp(milliseconds: try reader.number())
        let (fingerprint, trust) = try reader.key()
        let use = UInt32(try reader.number(upTo: Int64(UInt32.max)))
        let data = try reader.counted(ExtraKey.dataLimit)
        guard reader.offset == end else { throw .store(.damaged) }
        let secret = row.withSpan { SecretBytes(copying: $0.extracting(end..<$0.count)) }
        key = ExtraKey(use: use, data: data, secret: secret)
        author = Plaintext.Author(peer, key: fingerprint, trust: trust)
        receipt = place
    }

    /// The same announcement is the same row.
    private static func place(of key: ExtraKey) -> Int64 {
        let digest = SHA256.digest((Array("extra\n\(key.use)\n".utf8) + key.data).span).array
        return Int64(bitPattern: digest[0..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }
}

extension OTRShelf {
    /// Extra keys that somebody has announced, the newest last. ``acknowledge(_:in:)`` forgets one.
    public static func extraKeys(
        from peer: BareJID, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> [KeptExtraKey] {
        try KeptExtraKey.all(from: peer, in: transaction).sorted { $0.arrived < $1.arrived }
    }
}
