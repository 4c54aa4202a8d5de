// Owns the private half of X25519. It must not know whether the key identifies a device or lives for one message.

internal import CSodium

/// An X25519 private key: 32 secret bytes that the function clamps (RFC 7748 §5).
///
/// Keys of other implementations may be stored unclamped; the bytes are kept as they came.
public struct X25519PrivateKey: ~Copyable, Sendable {
    private let scalar: Secret<32>

    /// A fresh key, stored clamped.
    public init(from entropy: inout some Entropy) {
        scalar = Secret<32> { bytes in
            entropy.fill(&bytes)
            bytes[0] &= 0xf8
            bytes[31] = bytes[31] & 0x7f | 0x40
        }
    }

    /// A key that exists already.
    public init(_ scalar: consuming Secret<32>) {
        self.scalar = scalar
    }

    /// The 32 bytes, for storage.
    public var span: Span<UInt8> {
        @_lifetime(borrow self)
        get { scalar.span }
    }

    /// A second value of the same key.
    public func duplicate() -> X25519PrivateKey {
        X25519PrivateKey(scalar.duplicate())
    }

    /// The public key: X25519 with the base point.
    public func publicKey() -> X25519PublicKey {
        Sodium.require()
        var bytes = FixedBytes<32>()
        var output = bytes.mutableSpan
        unsafe scalar.span.withPointer { scalar in
            unsafe output.withPointer { point in
                _ = unsafe crypto_scalarmult_curve25519_base(point, scalar)
            }
        }
        Memory.burnDeepStack()
        return X25519PublicKey(computed: bytes)
    }

    /// The shared secret of this key and somebody else's.
    /// - Throws: ``CryptoError/lowOrderPublicKey`` when the secret would be zero whatever this key is (RFC 7748 §6.1).
    public func sharedSecret(with peer: X25519PublicKey) throws(CryptoError) -> Secret<32> {
        try Secret<32> { shared throws(CryptoError) in try writeSharedSecret(with: peer, into: &shared) }
    }

    /// As ``sharedSecret(with:)``, into the 32 bytes of `shared`.
    @_lifetime(shared: copy shared)
    package func writeSharedSecret(
        with peer: X25519PublicKey, into shared: inout MutableSpan<UInt8>
    ) throws(CryptoError) {
        precondition(shared.count == 32, "a shared secret has 32 bytes")
        Sodium.require()
        let refused = unsafe scalar.span.withPointer { scalar in
            unsafe peer.bytes.span.withPointer { point in
                unsafe shared.withPointer { shared in
                    unsafe crypto_scalarmult_curve25519(shared, scalar, point) != 0
                }
            }
        }
        Memory.burnDeepStack()
        if refused { throw .lowOrderPublicKey }
    }
}
