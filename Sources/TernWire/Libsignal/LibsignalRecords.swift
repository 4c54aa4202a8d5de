// Owns what libsignal's family keeps of prekeys and sessions (`LocalStorageProtocol.proto`), as far as another program can use
// it. It must not know where records lie.

/// A prekey as it is kept: one-time or signed, which begin alike.
public struct LibsignalPreKeyRecord: Sendable {
    /// Its number.
    public let id: UInt32
    /// Where the public key stands, behind its type byte.
    public let publicKey: Range<Int>
    /// Where the private key stands.
    public let privateKey: Range<Int>

    /// Reads a record.
    public init(_ record: Span<UInt8>) throws(WireError) {
        let fields = try Fields(record, Schema(numbers: 0b10, bytes: 0b1_1100, required: 0b1110))
        (id, publicKey, privateKey) = (fields.number(1), fields.range(2), fields.range(3))
        _ = try record.extracting(publicKey).typedKey()
        guard privateKey.count == 32 else { throw .wrongLength(privateKey.count) }
    }
}

/// A session as it is kept: whom it is with.
public struct LibsignalSessionRecord: Sendable {
    /// Forty sessions that have ended, each with thousands of message keys.
    private static let limit = 32 << 20

    /// The other side's identity key.
    public let identity: KeyBytes

    /// Reads a record.
    public init(_ record: Span<UInt8>) throws(WireError) {
        let current = try Fields(
            record, Schema(numbers: 0, bytes: 0b10, required: 0b10), limit: LibsignalSessionRecord.limit
        ).range(1)
        let session = record.extracting(current)
        let fields = try Fields(
            session, Schema(numbers: 0b10_0010, bytes: 0b101_1100, required: 0b1000),
            limit: LibsignalSessionRecord.limit)
        identity = try session.extracting(fields.range(3)).typedKey()
    }
}
