// Owns the floor of a message's payload: what is encrypted once, whoever it is for, computed for real. It is for measuring
// only.

internal import CGcrypt
internal import CSodium
internal import TernOMEMO

/// AES-128-GCM in OMEMO 0.3; HKDF, AES-256-CBC and HMAC in OMEMO 2; a fresh key in both.
@safe
final class PayloadFloor {
    private let version: Version
    private let length: Int
    private let memory: UnsafeMutablePointer<UInt8>
    private let cipher: gcry_cipher_hd_t?

    /// - Parameter length: Bytes of text.
    init(_ length: Int, _ version: Version) {
        self.version = version
        // whole blocks, and in OMEMO 2 what an envelope puts around a text
        self.length = version == .v03 ? length : (length + 256) / 16 * 16
        unsafe memory = .allocate(capacity: PayloadFloor.text + self.length)
        unsafe memory.initialize(repeating: 7, count: PayloadFloor.text + self.length)
        var handle: gcry_cipher_hd_t?
        let algorithm = version == .v03 ? GCRY_CIPHER_AES : GCRY_CIPHER_AES256
        let mode = version == .v03 ? GCRY_CIPHER_MODE_GCM : GCRY_CIPHER_MODE_CBC
        unsafe gcry_cipher_open(&handle, Int32(algorithm.rawValue), Int32(mode.rawValue), 0)
        unsafe cipher = handle
    }

    deinit {
        unsafe gcry_cipher_close(cipher)
        unsafe memory.deallocate()
    }

    func seal() {
        let text = unsafe memory + PayloadFloor.text
        unsafe randombytes_buf(memory, 32)
        switch version {
        case .v03:
            unsafe gcry_cipher_setkey(cipher, memory, 16)
            unsafe gcry_cipher_setiv(cipher, memory + 16, 12)
            unsafe gcry_cipher_encrypt(cipher, text, length, nil, 0)
            unsafe gcry_cipher_gettag(cipher, memory + PayloadFloor.tag, 16)
        case .v2:
            for _ in 0..<4 { unsafe hmac(of: memory + PayloadFloor.tag, 46) }
            unsafe gcry_cipher_setkey(cipher, memory, 32)
            unsafe gcry_cipher_setiv(cipher, memory, 16)
            unsafe gcry_cipher_encrypt(cipher, text, length, nil, 0)
            unsafe hmac(of: text, length)
        }
    }

    /// HMAC of bytes with room for a padded key before them.
    private func hmac(of bytes: UnsafeMutablePointer<UInt8>, _ count: Int) {
        unsafe gcry_md_hash_buffer(Int32(GCRY_MD_SHA256.rawValue), memory + 96, bytes - 64, 64 + count)
        unsafe gcry_md_hash_buffer(Int32(GCRY_MD_SHA256.rawValue), memory, memory + 32, 96)
    }

    private static let tag = 128
    private static let text = 256
}
