// Owns the private half of Ed25519, and the same key for X25519.

internal import CSodium

/// An Ed25519 private key, made from a seed of 32 bytes (RFC 8032 §5.1.5).
public struct Ed25519PrivateKey: ~Copyable, Sendable {
    /// The public half.
    public let publicKey: Ed25519PublicKey
    /// Seed and public key in one piece, as libsodium wants them.
    private let expanded: Secret<64>

    /// - Parameter seed: 32 secret bytes.
    public init(seed: borrowing Secret<32>) {
        Sodium.require()
        var publicKey = FixedBytes<32>()
        var output = publicKey.mutableSpan
        expanded = Secret<64> { expanded in
            unsafe seed.span.withPointer { seed in
                unsafe expanded.withPointer { expanded in
                    unsafe output.withPointer { output in
                        _ = unsafe crypto_sign_ed25519_seed_keypair(output, expanded, seed)
                    }
                }
            }
        }
        Memory.burnDeepStack()
        self.publicKey = Ed25519PublicKey(publicKey)
    }

    /// The seed's 32 bytes, for storage.
    public var seed: Span<UInt8> {
        @_lifetime(borrow self)
        get { expanded.span.extracting(first: 32) }
    }

    /// Signs deterministically (RFC 8032 §5.1.6).
    public func sign(_ message: Span<UInt8>) -> FixedBytes<64> {
        var signature = FixedBytes<64>()
        var output = signature.mutableSpan
        let count = UInt64(message.count)
        unsafe message.withPointer { message in
            unsafe expanded.span.withPointer { key in
                unsafe output.withPointer { output in
                    _ = unsafe crypto_sign_ed25519_detached(output, nil, message, count, key)
                }
            }
        }
        Memory.burnDeepStack()
        return signature
    }

    /// The same key for X25519: the first half of SHA-512 of the seed, clamped.
    public func x25519() -> X25519PrivateKey {
        let scalar = Secret<32> { scalar in
            unsafe expanded.span.withPointer { key in
                unsafe scalar.withPointer { scalar in
                    _ = unsafe crypto_sign_ed25519_sk_to_curve25519(scalar, key)
                }
            }
        }
        Memory.burnDeepStack()
        return X25519PrivateKey(scalar)
    }
}
