// Owns the seam between the ratchet, which encrypts, and the wire format, which spells: neither knows the other.

/// How a protocol spells a message around a header and a ciphertext.
public protocol MessageFrame {
    /// Writes everything but the tag, whose bytes are left free.
    @_lifetime(output: copy output)
    static func write(
        _ header: MessageHeader, ciphertext: Span<UInt8>, tagLength: Int, into output: inout MutableSpan<UInt8>
    ) -> FramedMessage
}

/// Where the parts of a written message lie.
public struct FramedMessage: Sendable, Equatable {
    /// Bytes written, the tag's included.
    public let count: Int
    /// What the tag covers, after the associated data.
    public let authenticated: Range<Int>
    /// Where the tag belongs.
    public let tag: Range<Int>

    /// Puts the three together.
    public init(count: Int, authenticated: Range<Int>, tag: Range<Int>) {
        self.count = count
        self.authenticated = authenticated
        self.tag = tag
    }
}
