// Owns the public half of Ed25519 and strict verification, and the way to the same key's Curve25519 form.

internal import CSodium

/// An Ed25519 public key, 32 bytes (RFC 8032 §5.1.5), kept exactly as received.
public struct Ed25519PublicKey: Sendable, Hashable {
    /// The 32 bytes: y and, in the highest bit, the sign of x.
    public let bytes: FixedBytes<32>

    /// Takes any 32 bytes: whether they are a point is found out where they are used.
    public init(_ bytes: FixedBytes<32>) {
        self.bytes = bytes
    }

    /// - Throws: ``CryptoError/wrongLength(_:)`` unless there are 32 bytes.
    public init(_ bytes: Span<UInt8>) throws(CryptoError) {
        self.bytes = try FixedBytes(bytes)
    }

    /// Checks `signature` over `message`, strictly: `S` below the group order, no key or `R` of small order, a
    /// canonical key, the equation without cofactor.
    /// - Throws: ``CryptoError/unauthentic`` when any of it fails, ``CryptoError/wrongLength(_:)`` unless the signature
    ///   has 64 bytes.
    public func verify(_ signature: Span<UInt8>, of message: Span<UInt8>) throws(CryptoError) {
        guard signature.count == 64 else { throw .wrongLength(signature.count) }
        Sodium.require()
        let count = UInt64(message.count)
        let fits = unsafe signature.withPointer { signature in
            unsafe message.withPointer { message in
                unsafe bytes.span.withPointer { key in
                    unsafe crypto_sign_ed25519_verify_detached(signature, message, count, key) == 0
                }
            }
        }
        guard fits else { throw .unauthentic }
    }

    /// The same key as a Curve25519 u-coordinate (the birational map of RFC 7748 §4.1).
    /// - Throws: ``CryptoError/invalidPublicKey`` for bytes that are no point of the prime-order group.
    public func x25519() throws(CryptoError) -> X25519PublicKey {
        Sodium.require()
        var point = FixedBytes<32>()
        var output = point.mutableSpan
        let refused = unsafe bytes.span.withPointer { key in
            unsafe output.withPointer { output in
                unsafe crypto_sign_ed25519_pk_to_curve25519(output, key) != 0
            }
        }
        guard !refused else { throw .invalidPublicKey }
        return X25519PublicKey(computed: point)
    }
}
