// Owns SHA-256 over libgcrypt, which uses the processor's SHA instructions where libsodium 1.0.18 does not.
// It must not know about keys.

internal import CGcrypt

/// SHA-256 (FIPS 180-4).
public enum SHA256 {
    /// Bytes in a digest.
    public static let digestLength = 32
    /// Bytes in a block.
    static let blockLength = 64

    /// The digest of `message`.
    public static func digest(_ message: Span<UInt8>) -> FixedBytes<32> {
        Libgcrypt.require()
        var digest = FixedBytes<32>()
        var output = digest.mutableSpan
        unsafe message.withUnsafeBytes { message in
            unsafe output.withUnsafeMutableBytes { digest in
                unsafe gcry_md_hash_buffer(
                    Int32(GCRY_MD_SHA256.rawValue), digest.baseAddress, message.baseAddress, message.count)
            }
        }
        return digest
    }
}
