// Owns the short strings that keep derived keys of different protocols apart.

/// An info string of HKDF (RFC 5869 §3.2), at most 32 bytes, stored inline.
public struct InfoString: Sendable, Hashable {
    private let bytes: FixedBytes<32>
    private let count: Int

    /// Takes the string's UTF-8 bytes. More than 32 are a programmer's mistake.
    public init(_ string: StaticString) {
        count = string.utf8CodeUnitCount
        precondition(count <= 32, "an info string has at most 32 bytes")
        var bytes = FixedBytes<32>()
        string.withUTF8Buffer { source in
            for index in source.indices { bytes.storage[index] = unsafe source[index] }
        }
        self.bytes = bytes
    }

    /// The bytes.
    public var span: Span<UInt8> {
        @_lifetime(borrow self)
        get { bytes.span.extracting(first: count) }
    }
}
