// Owns SHA-1 as the name of something: OpenPGP's fingerprints of version 4 (RFC 9580 §5.5.4.2) and a client's capabilities (XEP-0115) are
// defined with it.

internal import CGcrypt

/// SHA-1. It proves nothing any more: nothing but a name is made with it.
public enum SHA1 {
    /// The digest of `bytes`.
    public static func digest(_ bytes: Span<UInt8>) -> FixedBytes<20> {
        Libgcrypt.require()
        var digest = FixedBytes<20>()
        var span = digest.mutableSpan
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe span.withUnsafeMutableBytes { digest in
                guard let base = digest.baseAddress else { return }
                unsafe gcry_md_hash_buffer(Int32(GCRY_MD_SHA1.rawValue), base, bytes.baseAddress, bytes.count)
            }
        }
        return digest
    }
}
