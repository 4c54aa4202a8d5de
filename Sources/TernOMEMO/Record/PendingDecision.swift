// Owns what is kept of a decision about a key that waits: for the key, or for the one who decided to be believed. It must
// not know when that is.

internal import TernCore
internal import TernCrypto
internal import TernRatchet

/// A decision about a key that cannot be carried out yet.
struct PendingDecision: Equatable {
    private static let format: UInt8 = 1
    /// Decisions that are kept for one account at most. A person's are not counted.
    static let limit = 1024

    /// Whose key it is.
    let owner: BareJID
    /// The key.
    let key: KeyIdentifier
    /// Whether it is to be trusted; otherwise distrusted.
    let isTrusted: Bool
    /// Whose word it is: a key of the account that the row belongs to; none where a person here has decided.
    let sender: X25519PublicKey?
    /// When it was decided, as the sender claims.
    let made: Timestamp

    init(_ owner: BareJID, _ key: KeyIdentifier, isTrusted: Bool, by sender: X25519PublicKey?, made: Timestamp) {
        self.owner = owner
        self.key = key
        self.isTrusted = isTrusted
        self.sender = sender
        self.made = made
    }

    /// Where it is kept: one decision for each key and each one who decides.
    func row(in group: Int64) -> RowKey {
        let name = Array("\(owner)\n".utf8) + key.bytes + (sender?.bytes.array ?? [])
        let digest = SHA256.digest(name.span).array
        let number = digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        // 0 is the row of what a person has set.
        return RowKey(group, Int64(number >> 1 | 1))
    }

    init(_ record: Span<UInt8>) throws(RatchetError) {
        var reader = RecordReader(record)
        try reader.format(PendingDecision.format)
        isTrusted = try reader.flag()
        made = try reader.time()
        let key = try reader.take(32).array
        sender = try reader.flag() ? try reader.publicKey() : nil
        guard let text = String(validating: try reader.counted().array, as: UTF8.self), let owner = try? BareJID(text),
            let identifier = try? KeyIdentifier(key)
        else { throw .malformedRecord }
        self.owner = owner
        self.key = identifier
        try reader.finish()
    }

    var record: SecretBytes {
        let text = Array(owner.description.utf8)
        var writer = RecordWriter(capacity: 96 + text.count)
        writer.write(PendingDecision.format)
        writer.write(isTrusted)
        writer.write(made)
        writer.write(key.bytes.span)
        writer.write(sender != nil)
        if let sender { writer.write(sender) }
        writer.write(counted: text.span)
        return writer.finish()
    }
}
