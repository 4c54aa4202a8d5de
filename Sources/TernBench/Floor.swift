// Owns the floor: the primitives that an operation cannot do without, computed for real and as cheaply as the libraries
// allow, with nothing around them but the overwriting of a kept AES handle's key. It is for measuring only.

internal import CGcrypt
internal import CSodium
internal import TernCrypto
internal import TernOMEMO
internal import TernRatchet

/// libsodium's curve and libgcrypt's SHA-256 and AES over buffers that are made once.
@safe
final class Floor {
    private let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: Floor.length)
    private let cipher: gcry_cipher_hd_t?
    private let version: Version
    private let identity: X25519PublicKey
    private let infoLength: Int
    private let wireLength: Int
    private let textLength: Int

    // places in memory
    private static let chainKey = 0
    private static let messageKey = 32
    private static let keys = 64
    private static let inner = 160
    private static let message = inner + 64
    private static let outer = 640
    private static let digest = outer + 64
    private static let text = 752
    private static let scalar = 864
    private static let point = 896
    private static let signature = 928
    private static let verifyKey = 992
    private static let zeros = 1056
    private static let signingKey = 1088
    private static let length = 1152

    init(_ version: Version) {
        unsafe memory.initialize(repeating: 7, count: Floor.zeros)
        unsafe (memory + Floor.zeros).initialize(repeating: 0, count: Floor.length - Floor.zeros)
        var entropy = SystemEntropy()
        self.version = version
        identity = X25519PrivateKey(from: &entropy).publicKey()
        infoLength = version.suite.messageInfo.span.count
        textLength = version == .v03 ? 48 : 64
        // associated data and a message around the ciphertext
        wireLength = version == .v03 ? 66 + 43 + textLength : 64 + 42 + textLength
        var handle: gcry_cipher_hd_t?
        unsafe gcry_cipher_open(&handle, Int32(GCRY_CIPHER_AES256.rawValue), Int32(GCRY_CIPHER_MODE_CBC.rawValue), 0)
        unsafe cipher = handle
        unsafe crypto_scalarmult_curve25519_base(memory + Floor.point, memory + Floor.scalar)
        let signingKey = unsafe memory + Floor.signingKey
        unsafe crypto_sign_ed25519_seed_keypair(memory + Floor.verifyKey, signingKey, memory + Floor.scalar)
        unsafe crypto_sign_ed25519_detached(memory + Floor.signature, nil, memory, 33, signingKey)
    }

    deinit {
        unsafe gcry_cipher_close(cipher)
        unsafe memory.deallocate()
    }

    func chainEncrypt() {
        chainStep()
        expand()
        encrypt()
        authenticate()
    }

    func chainDecrypt() {
        chainStep()
        expand()
        authenticate()
        decrypt()
    }

    func skippedMessage() {
        expand()
        authenticate()
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
        otherForm()
        _ = unsafe crypto_sign_ed25519_verify_detached(memory + Floor.signature, memory, 33, memory + Floor.verifyKey)
        generate()
        generate()
        initiatorAhead()
    }

    /// The identity key that a bundle brings, in the form that it does not bring: for agreeing in OMEMO 2, for verifying in
    /// OMEMO 0.3.
    private func otherForm() {
        switch version {
        case .v2: _ = unsafe crypto_sign_ed25519_pk_to_curve25519(memory + Floor.digest, memory + Floor.verifyKey)
        case .v03: _ = try? identity.ed25519(signBit: false)
        }
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
        hmac(keyLength: 0, 160, into: Floor.keys)
        hmac(Floor.keys, infoLength + 1, into: Floor.keys)
    }

    /// A Diffie-Hellman and HKDF of two blocks.
    private func turn() {
        diffieHellman()
        hmac(Floor.keys, 32, into: Floor.keys)
        hmac(Floor.keys, infoLength + 1, into: Floor.chainKey)
        hmac(Floor.keys, 33 + infoLength, into: Floor.keys)
    }

    func generate() {
        unsafe randombytes_buf(memory + Floor.scalar, 32)
        unsafe crypto_scalarmult_curve25519_base(memory + Floor.keys, memory + Floor.scalar)
    }

    private func diffieHellman() {
        _ = unsafe crypto_scalarmult_curve25519(memory + Floor.keys, memory + Floor.scalar, memory + Floor.point)
    }

    private func chainStep() {
        hmac(Floor.chainKey, 1, into: Floor.messageKey)
        hmac(Floor.chainKey, 1, into: Floor.chainKey)
    }

    /// HKDF to 80 bytes.
    private func expand() {
        hmac(keyLength: 0, 32, into: Floor.keys)
        hmac(Floor.keys, infoLength + 1, into: Floor.messageKey)
        hmac(Floor.keys, 33 + infoLength, into: Floor.keys + 32)
        hmac(Floor.keys, 33 + infoLength, into: Floor.keys + 64)
    }

    private func authenticate() {
        hmac(Floor.keys + 32, wireLength, into: Floor.digest)
    }

    /// HMAC under the 32 bytes at `key` of the first `length` bytes of the message, which lies in place.
    private func hmac(_ key: Int = Floor.keys, keyLength: Int = 32, _ length: Int, into code: Int) {
        let inner = unsafe memory + Floor.inner
        let outer = unsafe memory + Floor.outer
        for index in 0..<keyLength {
            let byte = unsafe memory[key + index]
            unsafe inner[index] = byte ^ 0x36
            unsafe outer[index] = byte ^ 0x5c
        }
        for index in keyLength..<64 {
            unsafe inner[index] = 0x36
            unsafe outer[index] = 0x5c
        }
        unsafe gcry_md_hash_buffer(Int32(GCRY_MD_SHA256.rawValue), outer + 64, inner, 64 + length)
        unsafe gcry_md_hash_buffer(Int32(GCRY_MD_SHA256.rawValue), memory + code, outer, 96)
    }

    func signedPreKey() {
        generate()
        unsafe crypto_sign_ed25519_detached(memory + Floor.signature, nil, memory, 33, memory + Floor.signingKey)
    }

    private func encrypt() {
        unsafe gcry_cipher_setkey(cipher, memory + Floor.keys, 32)
        unsafe gcry_cipher_setiv(cipher, memory + Floor.keys, 16)
        unsafe gcry_cipher_encrypt(cipher, memory + Floor.text, textLength, nil, 0)
        // As `CipherHandle.wipeEncryption` says: all that encrypting leaves.
        unsafe gcry_cipher_setkey(cipher, memory + Floor.zeros, 32)
    }

    private func decrypt() {
        unsafe gcry_cipher_setkey(cipher, memory + Floor.keys, 32)
        unsafe gcry_cipher_setiv(cipher, memory + Floor.keys, 16)
        unsafe gcry_cipher_decrypt(cipher, memory + Floor.text, textLength, nil, 0)
        unsafe tern_gcry_cipher_reset(cipher)
        unsafe gcry_cipher_setkey(cipher, memory + Floor.zeros, 32)
    }
}
