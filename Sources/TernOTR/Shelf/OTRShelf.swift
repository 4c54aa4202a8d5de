// Owns an account's OTR as rows: its key and instance tag, what is kept of others, and conversations between two processes. It must
// not know which store that is.

public import TernCore
internal import TernCrypto

/// An account's OTR in the rows of a store. What it gives may be sent or shown once the transaction is durable, not before.
public enum OTRShelf {
    /// The key and the number of this program, made now where there are none.
    public static func identity(
        of account: BareJID, in transaction: inout some StoreTransaction
    ) throws(SessionError) -> OTRIdentity {
        if let known = try self.identity(ifThereOf: account, in: transaction) { return known }
        return try identity(orTaking: try OTRPrivateKey.generate(for: account), in: &transaction)
    }

    /// The key and the number of this program; where there are none, `key` and a new number from now on.
    public static func identity(
        orTaking key: OTRPrivateKey, in transaction: inout some StoreTransaction
    ) throws(SessionError) -> OTRIdentity {
        if let known = try self.identity(ifThereOf: key.account, in: transaction) { return known }
        var entropy = SystemEntropy()
        let identity = OTRIdentity(key: key, tag: InstanceTag(from: &entropy))
        try save(identity, in: &transaction)
        return identity
    }

    /// The key and the number of this program; none where they were never needed.
    public static func identity(
        ifThereOf account: BareJID, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> OTRIdentity? {
        guard let row = try transaction.load(.otrIdentity, identityRow) else { return nil }
        guard row.count > 12 else { throw .store(.damaged) }
        let head = row.withSpan { span in (0..<12).map { span[$0] } }
        var reader = FrozenReader(Array(head[0..<8]))
        let format = try reader.number(upTo: 1 << 16)
        guard format == self.format else { throw .store(.newer(version: Int(format))) }
        guard let tag = InstanceTag(head[8..<12].reduce(0) { $0 << 8 | UInt32($1) }) else { throw .store(.damaged) }
        let file = row.withSpan { SecretBytes(copying: $0.extracting(12..<$0.count)) }
        do throws(SessionError) {
            return OTRIdentity(key: try OTRPrivateKey(of: account, reading: file), tag: tag)
        } catch .malformed {
            throw .store(.damaged)
        }
    }

    /// Puts a key and a number in place of those that are there: those of another program go on here.
    public static func save(
        _ identity: OTRIdentity, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        var head = FrozenWriter()
        head.write(format)
        let tag = (0..<4).map { UInt8(truncatingIfNeeded: identity.tag.value >> (24 - 8 * UInt32($0))) }
        var row = SecretBytes(count: 12 + identity.key.file.count)
        row.write((head.bytes + tag).span, at: 0)
        identity.key.file.withSpan { row.write($0, at: 12) }
        try transaction.save(row.span, .otrIdentity, identityRow)
    }

    /// What is kept of somebody; none of a stranger.
    public static func settings(
        of peer: BareJID, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> OTRPeerSettings? {
        guard let number = try transaction.find(peer), let row = try transaction.load(.otrPeer, RowKey(number)) else {
            return nil
        }
        return try OTRPeerSettings(row.exposed())
    }

    /// Keeps something of somebody, who is no stranger from then on.
    public static func save(
        _ settings: OTRPeerSettings, of peer: BareJID, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        try transaction.save(settings.record.span, .otrPeer, RowKey(try transaction.name(peer)))
    }

    /// Whom something is kept of.
    public static func peers(in transaction: borrowing some StoreTransaction) throws(SessionError) -> [BareJID] {
        try transaction.named(.otrPeer)
    }

    private static let format: Int64 = 1
    private static let identityRow = RowKey(1)
}

/// An account's key for OTR, and the number of this program.
public struct OTRIdentity: Sendable {
    /// The key.
    public let key: OTRPrivateKey
    /// The number.
    public let tag: InstanceTag

    /// Both.
    public init(key: OTRPrivateKey, tag: InstanceTag) {
        self.key = key
        self.tag = tag
    }
}
