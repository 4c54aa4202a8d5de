// Owns the hash functions that a server or its certificate chooses from, and what is made with them. It must not know why one was chosen.

internal import CGcrypt

/// A hash function that somebody else chooses, by its registered name (FIPS 180-4). SHA-1 is what most servers still keep passwords under.
public enum HashFunction: String, Hashable, Sendable, CaseIterable {
    case sha1 = "SHA-1"
    case sha256 = "SHA-256"
    case sha512 = "SHA-512"

    /// Bytes in a digest.
    public var length: Int {
        switch self {
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        }
    }

    private var algorithm: Int32 {
        switch self {
        case .sha1: Int32(GCRY_MD_SHA1.rawValue)
        case .sha256: Int32(GCRY_MD_SHA256.rawValue)
        case .sha512: Int32(GCRY_MD_SHA512.rawValue)
        }
    }

    /// The digest of `bytes`.
    public func digest(_ bytes: Span<UInt8>) -> SecretBytes {
        Libgcrypt.require()
        var digest = SecretBytes(count: length)
        var span = digest.mutableSpan
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe span.withUnsafeMutableBytes { digest in
                guard let base = digest.baseAddress else { return }
                unsafe gcry_md_hash_buffer(algorithm, base, bytes.baseAddress, bytes.count)
            }
        }
        return digest
    }

    /// The code of `message` under `key` (RFC 2104).
    /// - Throws: ``CryptoError/backend(code:)``.
    public func code(key: Span<UInt8>, _ message: Span<UInt8>) throws(CryptoError) -> SecretBytes {
        Libgcrypt.require()
        var code = SecretBytes(count: length)
        var span = code.mutableSpan
        let status = unsafe key.withUnsafeBytes { key in
            unsafe message.withUnsafeBytes { message in
                unsafe span.withUnsafeMutableBytes { code in
                    // the first piece is the key
                    var pieces = unsafe [gcry_buffer_t(), gcry_buffer_t()]
                    unsafe (pieces[0].len, pieces[1].len) = (key.count, message.count)
                    unsafe pieces[0].data = unsafe UnsafeMutableRawPointer(mutating: key.baseAddress)
                    unsafe pieces[1].data = unsafe UnsafeMutableRawPointer(mutating: message.baseAddress)
                    return unsafe gcry_md_hash_buffers(
                        algorithm, UInt32(GCRY_MD_FLAG_HMAC.rawValue), code.baseAddress, pieces, 2)
                }
            }
        }
        guard status == 0 else { throw .backend(code: Int(status)) }
        return code
    }

    /// A key as slow to guess as `iterations` say, by PBKDF2 (RFC 8018): `Hi` of RFC 5802 §2.2.
    /// - Throws: ``CryptoError/backend(code:)`` for an empty salt or no iterations.
    public func stretched(
        _ password: Span<UInt8>, salt: Span<UInt8>, iterations: Int
    ) throws(CryptoError) -> SecretBytes {
        Libgcrypt.require()
        var key = SecretBytes(count: length)
        var span = key.mutableSpan
        let status = unsafe password.withUnsafeBytes { password in
            unsafe salt.withUnsafeBytes { salt in
                unsafe span.withUnsafeMutableBytes { key in
                    unsafe gcry_kdf_derive(
                        password.baseAddress, password.count, Int32(GCRY_KDF_PBKDF2.rawValue), algorithm,
                        salt.baseAddress, salt.count, UInt(max(0, iterations)), key.count, key.baseAddress)
                }
            }
        }
        guard status == 0 else { throw .backend(code: Int(status)) }
        return key
    }
}
