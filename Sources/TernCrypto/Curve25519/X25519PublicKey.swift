// Owns the public half of X25519: which 32 bytes are a key.

/// A Curve25519 u-coordinate, 32 bytes, little endian (RFC 7748 §5).
///
/// **The rule for odd encodings.** Exactly one encoding of each value is a key: the number is below 2^255 - 19, so bit 255
/// is clear. RFC 7748 would mask the bit and reduce the number; then two different byte strings, both covered by
/// somebody's transcript, would be one key. No implementation produces them. Points on the twist are accepted, as
/// RFC 7748 means it; points of small order are refused by ``X25519PrivateKey/sharedSecret(with:)``.
@frozen
public struct X25519PublicKey: Sendable, Hashable {
    /// The 32 bytes, exactly as received.
    public let bytes: FixedBytes<32>

    /// - Throws: ``CryptoError/nonCanonicalPublicKey`` by the rule above.
    @inlinable @inline(__always)
    public init(_ bytes: FixedBytes<32>) throws(CryptoError) {
        guard X25519PublicKey.isCanonical(bytes.span) else { throw .nonCanonicalPublicKey }
        self.bytes = bytes
    }

    /// - Throws: ``CryptoError/wrongLength(_:)`` unless there are 32 bytes, ``CryptoError/nonCanonicalPublicKey`` by the
    ///   rule above.
    @inlinable @inline(__always)
    public init(_ bytes: Span<UInt8>) throws(CryptoError) {
        let copy = try FixedBytes<32>(bytes)
        guard X25519PublicKey.isCanonical(bytes) else { throw .nonCanonicalPublicKey }
        self.bytes = copy
    }

    /// For keys that this process computed, and that are canonical for that.
    init(computed bytes: FixedBytes<32>) {
        self.bytes = bytes
    }

    /// Compares public bytes.
    @inlinable @inline(__always)
    public static func == (left: Self, right: Self) -> Bool { left.bytes == right.bytes }

    @inlinable @inline(__always)
    static func isCanonical(_ bytes: Span<UInt8>) -> Bool {
        guard bytes[31] & 0x80 == 0 else { return false }
        guard bytes[31] == 0x7f, bytes[0] >= 0xed else { return true }
        for place in 1..<31 where bytes[place] != 0xff { return true }
        return false
    }
}
