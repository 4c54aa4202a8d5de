// Owns XEdDSA signing: Ed25519 signatures by a key that exists as a Curve25519 scalar only.
// Verification needs no code of its own: it is Ed25519 under the key's Edwards form with a clear sign bit.

internal import CSodium

/// XEdDSA25519 (The XEdDSA and VXEdDSA Signature Schemes, revision 1, §2.4).
public enum XEdDSA {
    /// Signs `message`. `nonce` are 64 random bytes, never used for another message.
    public static func sign(
        _ message: Span<UInt8>, with key: borrowing X25519PrivateKey, nonce: borrowing Secret<64>
    ) -> FixedBytes<64> {
        Sodium.require()
        let pair = EdwardsPair(key)
        let prefix = InlineArray<32, UInt8> { $0 == 0 ? 0xfe : 0xff }
        // r = hash1(a ‖ M ‖ Z) mod q, R = rB, h = hash(R ‖ A ‖ M) mod q, s = r + ha mod q
        let nonceScalar = scalar(ofHash: prefix.span, pair.scalar.span, message, nonce.span)
        let commitment = basePoint(times: nonceScalar)
        let challenge = scalar(ofHash: commitment.span, pair.publicKey.span, message, Span())
        let response = Secret<32> { response in
            unsafe response.withPointer { response in
                unsafe challenge.span.withPointer { challenge in
                    unsafe pair.scalar.span.withPointer { scalar in
                        unsafe nonceScalar.span.withPointer { nonce in
                            unsafe crypto_core_ed25519_scalar_mul(response, challenge, scalar)
                            unsafe crypto_core_ed25519_scalar_add(response, response, nonce)
                        }
                    }
                }
            }
        }
        Memory.burnDeepStack()
        return FixedBytes(InlineArray { $0 < 32 ? commitment.storage[$0] : response.span[$0 - 32] })
    }

    /// `calculate_key_pair`: the Edwards key pair whose public key has a clear sign bit.
    private struct EdwardsPair: ~Copyable {
        let publicKey: FixedBytes<32>
        let scalar: Secret<32>

        init(_ key: borrowing X25519PrivateKey) {
            var clamped = Secret<32> { bytes in
                for index in 0..<32 { bytes[index] = key.span[index] }
                bytes[0] &= 0xf8
                bytes[31] = bytes[31] & 0x7f | 0x40
            }
            var point = basePoint(times: clamped)
            let negated = Secret<32> { negated in
                unsafe negated.withPointer { negated in
                    unsafe clamped.span.withPointer { scalar in
                        unsafe crypto_core_ed25519_scalar_negate(negated, scalar)
                    }
                }
            }
            // selects without a branch: the sign tells one bit about the scalar
            let mask = 0 &- (point.storage[31] >> 7)
            var bytes = clamped.mutableSpan
            for index in 0..<32 { bytes[index] ^= mask & (bytes[index] ^ negated.span[index]) }
            point.storage[31] &= 0x7f
            publicKey = point
            scalar = clamped
        }
    }

    private static func basePoint(times scalar: borrowing Secret<32>) -> FixedBytes<32> {
        var point = FixedBytes<32>()
        var output = point.mutableSpan
        unsafe output.withPointer { output in
            unsafe scalar.span.withPointer { scalar in
                _ = unsafe crypto_scalarmult_ed25519_base_noclamp(output, scalar)
            }
        }
        return point
    }

    /// SHA-512 of the parts, modulo the group order. SHA-512 because Ed25519 is defined with it.
    private static func scalar(
        ofHash first: Span<UInt8>, _ second: Span<UInt8>, _ third: Span<UInt8>, _ fourth: Span<UInt8>
    ) -> Secret<32> {
        var state = crypto_hash_sha512_state()
        _ = unsafe crypto_hash_sha512_init(&state)
        update(&state, first)
        update(&state, second)
        update(&state, third)
        update(&state, fourth)
        let digest = Secret<64> { digest in
            unsafe digest.withPointer { digest in
                _ = unsafe crypto_hash_sha512_final(&state, digest)
            }
        }
        unsafe withUnsafeMutableBytes(of: &state) { state in
            if let base = state.baseAddress { unsafe Memory.wipe(base, state.count) }
        }
        return Secret<32> { reduced in
            unsafe reduced.withPointer { reduced in
                unsafe digest.span.withPointer { digest in
                    unsafe crypto_core_ed25519_scalar_reduce(reduced, digest)
                }
            }
        }
    }

    private static func update(_ state: inout crypto_hash_sha512_state, _ bytes: Span<UInt8>) {
        let count = UInt64(bytes.count)
        unsafe bytes.withPointer { bytes in
            _ = unsafe crypto_hash_sha512_update(&state, bytes, count)
        }
    }
}
