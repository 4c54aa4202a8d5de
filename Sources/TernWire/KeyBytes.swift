// Owns how a public key stands on the wire in either version. It must not know whether the bytes are a point.

/// The 32 bytes of a public key.
public typealias KeyBytes = InlineArray<32, UInt8>

extension Span<UInt8> {
    /// The key that these bytes are in OMEMO 2.
    /// - Throws: ``WireError/wrongLength(_:)``.
    @inline(__always)
    func key() throws(WireError) -> KeyBytes {
        guard count == 32 else { throw .wrongLength(count) }
        return unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: KeyBytes.self)
    }

    /// The key that these bytes are in OMEMO 0.3, behind libsignal's type byte.
    /// - Throws: ``WireError/wrongLength(_:)``, ``WireError/unknownKeyType(_:)``.
    @inline(__always)
    func typedKey() throws(WireError) -> KeyBytes {
        guard count == 33 else { throw .wrongLength(count) }
        guard self[0] == TypedKey.curve25519 else { throw .unknownKeyType(self[0]) }
        return unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 1, as: KeyBytes.self)
    }
}

/// A key as OMEMO 0.3 writes it.
struct TypedKey {
    static let curve25519: UInt8 = 5

    private let type = TypedKey.curve25519
    private let key: KeyBytes

    @inline(__always)
    init(_ key: KeyBytes) {
        self.key = key
    }
}

/// Whether two keys are the same bytes. Public keys: the time may depend on them.
func equal(_ left: KeyBytes, _ right: KeyBytes) -> Bool {
    for index in 0..<32 where left[index] != right[index] { return false }
    return true
}
