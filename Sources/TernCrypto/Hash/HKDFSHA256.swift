// Owns HKDF-SHA-256. libsodium 1.0.18 and libgcrypt 1.10 have none.

/// HKDF-SHA-256 (RFC 5869).
public enum HKDFSHA256 {
    /// The longest output: 255 blocks.
    public static let maximumLength = 255 * SHA256.digestLength

    /// Derives `output.count` bytes from `keyMaterial`. An empty `salt` stands for 32 zeros.
    /// - Throws: ``CryptoError/limitExceeded`` when more than ``maximumLength`` bytes are asked for.
    @_lifetime(output: copy output)
    public static func derive(
        from keyMaterial: Span<UInt8>, salt: Span<UInt8>, info: Span<UInt8>, into output: inout MutableSpan<UInt8>
    ) throws(CryptoError) {
        guard output.count <= maximumLength else { throw .limitExceeded }
        write(from: keyMaterial, salt: salt, info: info, into: &output)
        Memory.burnStack()
    }

    /// As ``derive(from:salt:info:into:)`` for a length that is known to be allowed. The caller burns the stack.
    @_lifetime(output: copy output)
    package static func write(
        from keyMaterial: Span<UInt8>, salt: Span<UInt8>, info: Span<UInt8>, into output: inout MutableSpan<UInt8>
    ) {
        Memory.withScratch(SHA256.digestLength) { key in
            // extract: PRK = HMAC(salt, IKM); an HMAC key of no bytes and one of 32 zeros pad to the same block
            HMACSHA256.write(key: salt, keyMaterial, into: &key)
            let (count, infoLength) = (output.count, info.count)
            unsafe output.withPointer { output in
                unsafe info.withPointer { info in
                    unsafe key.withPointer { key in
                        unsafe expand(key, info, infoLength, into: output, count)
                    }
                }
            }
        }
    }

    /// T(n) = HMAC(PRK, T(n-1) ‖ info ‖ n), where T(0) is empty.
    @inline(__always)
    private static func expand(
        _ key: UnsafePointer<UInt8>, _ info: UnsafePointer<UInt8>, _ infoLength: Int,
        into output: UnsafeMutablePointer<UInt8>, _ count: Int
    ) {
        let digest = SHA256.digestLength
        unsafe PaddedKey.with(key, digest, capacity: digest + infoLength + 1) { padded in
            unsafe padded.message.update(from: info, count: infoLength)
            var messageLength = infoLength + 1
            var counter: UInt8 = 1
            var written = 0
            while written < count {
                unsafe padded.message[messageLength - 1] = counter
                unsafe padded.code(of: messageLength, into: padded.message)
                unsafe (output + written).update(from: padded.message, count: min(digest, count - written))
                written += digest
                counter &+= 1
                guard messageLength == infoLength + 1 else { continue }
                unsafe (padded.message + digest).update(from: info, count: infoLength)
                messageLength += digest
            }
        }
    }
}
