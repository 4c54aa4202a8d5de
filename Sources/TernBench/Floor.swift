// Owns the floor: the primitives that an operation cannot do without, called as cheaply as the libraries allow, with
// nothing around them. It protects nothing and is for measuring only.

internal import CGcrypt
internal import CSodium
internal import TernCrypto
internal import TernOMEMO
internal import TernRatchet

/// libsodium's curve and libgcrypt's SHA-256 and AES over buffers that are made once.
@safe
final class Floor {
    private let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: 1024)
    private let cipher: gcry_cipher_hd_t?
    private let infoLength: Int
    private let wireLength: Int
    private let textLength: Int

    // places in memory
    private static let key = 0
    private static let pad = 64
    private static let digest = 256
    private static let keys = 320
    private static let text = 448
    private static let point = 640
    private static let signature = 704
    private static let verifyKey = 800

    init(_ version: Version) {
        unsafe memory.initialize(repeating: 7, count: 1024)
        infoLength = version.suite.messageInfo.span.count
        textLength = version == .v03 ? 48 : 64
        // associated data and a message around the ciphertext
        wireLength = version == .v03 ? 66 + 43 + textLength : 64 + 42 + textLength
        var handle: gcry_cipher_hd_t?
        unsafe gcry_cipher_open(&handle, Int32(GCRY_CIPHER_AES256.rawValue), Int32(GCRY_CIPHER_MODE_CBC.rawValue), 0)
        unsafe cipher = handle
        unsafe crypto_scalarmult_curve25519_base(memory + Floor.point, memory + Floor.key)
        var secret = [UInt8](repeating: 0, count: 64)
        unsafe crypto_sign_ed25519_seed_keypair(memory + Floor.verifyKey, &secret, memory + Floor.key)
        unsafe crypto_sign_ed25519_detached(memory + Floor.signature, nil, memory, 33, secret)
    }

    deinit {
        unsafe gcry_cipher_close(cipher)
        unsafe memory.deallocate()
    }

    func chainEncrypt() {
        chainStep()
        expand()
        encrypt()
        hmac(wireLength)
    }

    func chainDecrypt() {
        chainStep()
        expand()
        hmac(wireLength)
        decrypt()
    }

    func skippedMessage() {
        expand()
        hmac(wireLength)
        decrypt()
    }

    func skip1000() {
        for _ in 0..<1000 { chainStep() }
        chainDecrypt()
    }

    func pingPong() {
        generate()
        turn()
        turn()
        chainEncrypt()
        chainDecrypt()
    }

    func initiator() {
        _ = unsafe crypto_sign_ed25519_verify_detached(memory + Floor.signature, memory, 33, memory + Floor.verifyKey)
        generate()
        generate()
        initiatorAhead()
    }

    func initiatorAhead() {
        agree()
        turn()
        chainEncrypt()
    }

    func responder() {
        agree()
        turn()
        chainDecrypt()
    }

    /// Four Diffie-Hellmans and HKDF of one block over 160 bytes.
    private func agree() {
        for _ in 0..<4 { diffieHellman() }
        hmac(160)
        hmac(infoLength + 1)
    }

    /// A Diffie-Hellman and HKDF of two blocks.
    private func turn() {
        diffieHellman()
        hmac(32)
        hmac(infoLength + 1)
        hmac(33 + infoLength)
    }

    private func generate() {
        unsafe randombytes_buf(memory + Floor.digest, 32)
        unsafe crypto_scalarmult_curve25519_base(memory + Floor.keys, memory + Floor.key)
    }

    private func diffieHellman() {
        _ = unsafe crypto_scalarmult_curve25519(memory + Floor.keys, memory + Floor.key, memory + Floor.point)
    }

    private func chainStep() {
        hmac(1)
        hmac(1)
    }

    /// HKDF to 80 bytes.
    private func expand() {
        hmac(32)
        hmac(infoLength + 1)
        hmac(33 + infoLength)
        hmac(33 + infoLength)
    }

    /// HMAC of `length` bytes behind the pad: two hashes over prepared blocks.
    private func hmac(_ length: Int) {
        unsafe gcry_md_hash_buffer(
            Int32(GCRY_MD_SHA256.rawValue), memory + Floor.digest, memory + Floor.pad, 64 + length)
        unsafe gcry_md_hash_buffer(Int32(GCRY_MD_SHA256.rawValue), memory + Floor.digest, memory + Floor.pad, 96)
    }

    private func encrypt() {
        unsafe gcry_cipher_setkey(cipher, memory + Floor.keys, 32)
        unsafe gcry_cipher_setiv(cipher, memory + Floor.keys, 16)
        unsafe gcry_cipher_encrypt(cipher, memory + Floor.text, textLength, nil, 0)
    }

    private func decrypt() {
        unsafe gcry_cipher_setkey(cipher, memory + Floor.keys, 32)
        unsafe gcry_cipher_setiv(cipher, memory + Floor.keys, 16)
        unsafe gcry_cipher_decrypt(cipher, memory + Floor.text, textLength, nil, 0)
    }
}
