// Owns the values in the middle of an operation, computed a second time, so that a scan can look for them.
// It must not share code with what is tested.

internal import CGcrypt
internal import CSodium
import TernCrypto

/// Straight calls of libsodium and libgcrypt.
enum Reference {
    static func sha512(
        _ first: Span<UInt8>, _ second: Span<UInt8> = Span(), _ third: Span<UInt8> = Span(),
        _ fourth: Span<UInt8> = Span()
    ) -> Secret<64> {
        let count = first.count + second.count + third.count + fourth.count
        var message = [UInt8](repeating: 0, count: count)
        for index in first.indices { message[index] = first[index] }
        for index in second.indices { message[first.count + index] = second[index] }
        for index in third.indices { message[first.count + second.count + index] = third[index] }
        for index in fourth.indices { message[first.count + second.count + third.count + index] = fourth[index] }
        let digest = Secret<64> { digest in
            unsafe digest.withUnsafeMutableBufferPointer { digest in
                guard let to = digest.baseAddress else { return }
                _ = unsafe crypto_hash_sha512(to, message, UInt64(count))
            }
        }
        wipe(&message)
        return digest
    }

    /// a of RFC 8032 §5.1.5.
    static func ed25519Scalar(seed: consuming Secret<32>) -> Secret<32> {
        let digest = sha512(seed.span)
        return Secret<32> { scalar in
            for index in 0..<32 { scalar[index] = digest.span[index] }
            clamp(&scalar)
        }
    }

    /// r of RFC 8032 §5.1.6.
    static func ed25519Nonce(seed: consuming Secret<32>, _ message: Span<UInt8>) -> Secret<32> {
        let digest = sha512(seed.span)
        return reduced(sha512(digest.span.extracting(last: 32), message))
    }

    /// a of XEdDSA, for either sign.
    static func edwardsScalar(_ key: consuming Secret<32>, isNegated: Bool) -> Secret<32> {
        let clamped = Secret<32> { bytes in
            for index in 0..<32 { bytes[index] = key.span[index] }
            clamp(&bytes)
        }
        guard isNegated else { return clamped }
        return Secret<32> { negated in
            unsafe negated.withUnsafeMutableBufferPointer { negated in
                unsafe clamped.span.withUnsafeBufferPointer { clamped in
                    guard let to = negated.baseAddress, let from = clamped.baseAddress else { return }
                    unsafe crypto_core_ed25519_scalar_negate(to, from)
                }
            }
        }
    }

    /// hash1(a ‖ M ‖ Z) of XEdDSA.
    static func xeddsaDigest(
        _ scalar: borrowing Secret<32>, _ message: Span<UInt8>, _ random: consuming Secret<64>
    ) -> Secret<64> {
        var prefix = [UInt8](repeating: 0xff, count: 32)
        prefix[0] = 0xfe
        return sha512(prefix.span, scalar.span, message, random.span)
    }

    static func reduced(_ digest: borrowing Secret<64>) -> Secret<32> {
        Secret<32> { reduced in
            unsafe reduced.withUnsafeMutableBufferPointer { reduced in
                unsafe digest.span.withUnsafeBufferPointer { digest in
                    guard let to = reduced.baseAddress, let from = digest.baseAddress else { return }
                    unsafe crypto_core_ed25519_scalar_reduce(to, from)
                }
            }
        }
    }

    /// The 64 signed digits to the base 16 in which libsodium multiplies the base point.
    static func signedDigits(of scalar: borrowing Secret<32>) -> Secret<64> {
        Secret<64> { digits in
            var carry: Int8 = 0
            for index in 0..<64 {
                let nibble = scalar.span[index / 2] >> (index % 2 == 0 ? 0 : 4) & 15
                var digit = Int8(nibble) + carry
                carry = index < 63 ? (digit + 8) >> 4 : 0
                digit -= carry << 4
                digits[index] = UInt8(bitPattern: digit)
            }
        }
    }

    /// The inner digest of HMAC-SHA-256.
    static func innerDigest(_ key: borrowing Secret<32>, _ message: [UInt8]) -> Secret<32> {
        _ = try? Libgcrypt.start()
        var text = [UInt8](repeating: 0x36, count: 64) + message
        for index in 0..<32 { text[index] ^= key.span[index] }
        let digest = Secret<32> { digest in
            unsafe digest.withUnsafeMutableBytes { digest in
                unsafe gcry_md_hash_buffer(Int32(GCRY_MD_SHA256.rawValue), digest.baseAddress, text, text.count)
            }
        }
        wipe(&text)
        return digest
    }

    /// H of GCM: the encryption of a block of zeros.
    static func hashKey(_ key: consuming Secret<32>) -> Secret<16> {
        _ = try? Libgcrypt.start()
        var handle: gcry_cipher_hd_t?
        unsafe gcry_cipher_open(&handle, Int32(GCRY_CIPHER_AES256.rawValue), Int32(GCRY_CIPHER_MODE_ECB.rawValue), 0)
        defer { unsafe gcry_cipher_close(handle) }
        return Secret<16> { block in
            _ = unsafe key.span.withUnsafeBytes { unsafe gcry_cipher_setkey(handle, $0.baseAddress, $0.count) }
            _ = unsafe block.withUnsafeMutableBytes {
                unsafe gcry_cipher_encrypt(handle, $0.baseAddress, $0.count, nil, 0)
            }
        }
    }

    private static func clamp(_ bytes: inout MutableSpan<UInt8>) {
        bytes[0] &= 0xf8
        bytes[31] = bytes[31] & 0x7f | 0x40
    }

    private static func wipe(_ bytes: inout [UInt8]) {
        var span = bytes.mutableSpan
        Memory.wipe(&span)
    }
}
