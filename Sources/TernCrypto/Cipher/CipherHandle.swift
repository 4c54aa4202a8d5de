// Owns libgcrypt's cipher handles: one a thread and mode, opened once, its key overwritten after each use.
// Opening a handle costs 35 times the encryption of 32 bytes. It must not know what is encrypted.

internal import CGcrypt
internal import Glibc

/// An AES mode of operation and key length, as libgcrypt names them.
struct CipherKind: Sendable {
    let algorithm: Int32
    let mode: Int32
    private let slot: Int

    static func cbc(keyLength: Int) -> CipherKind? {
        make(keyLength: keyLength, mode: GCRY_CIPHER_MODE_CBC, firstSlot: 0)
    }

    static func gcm(keyLength: Int) -> CipherKind? {
        make(keyLength: keyLength, mode: GCRY_CIPHER_MODE_GCM, firstSlot: 3)
    }

    private static func make(keyLength: Int, mode: gcry_cipher_modes, firstSlot: Int) -> CipherKind? {
        switch keyLength {
        case 16: CipherKind(algorithm: number(GCRY_CIPHER_AES), mode: number(mode), slot: firstSlot)
        case 24: CipherKind(algorithm: number(GCRY_CIPHER_AES192), mode: number(mode), slot: firstSlot + 1)
        case 32: CipherKind(algorithm: number(GCRY_CIPHER_AES256), mode: number(mode), slot: firstSlot + 2)
        default: nil
        }
    }

    private static func number(_ value: gcry_cipher_modes) -> Int32 { Int32(value.rawValue) }
    private static func number(_ value: gcry_cipher_algos) -> Int32 { Int32(value.rawValue) }

    /// Where each thread keeps its handle of this kind.
    fileprivate var threadKey: pthread_key_t { CipherKind.threadKeys[slot] }

    private static let threadKeys: InlineArray<6, pthread_key_t> = InlineArray { _ in
        var key = pthread_key_t()
        let failure = unsafe pthread_key_create(&key) { handle in
            unsafe gcry_cipher_close(OpaquePointer(handle))
        }
        precondition(failure == 0, "the process has no thread-specific keys left")
        return key
    }
}

/// A borrowed or owned `gcry_cipher_hd_t` with the few calls that AES needs.
@safe
struct CipherHandle: ~Copyable {
    private let raw: gcry_cipher_hd_t
    private let isOwned: Bool

    /// A handle of its own, for a text that arrives in pieces.
    init(opening kind: CipherKind) throws(CryptoError) {
        Libgcrypt.require()
        unsafe raw = try CipherHandle.open(kind)
        isOwned = true
    }

    /// This thread's handle. Only for a computation that ends before anything else on the thread begins.
    init(ofThread kind: CipherKind) throws(CryptoError) {
        let key = kind.threadKey
        if let known = unsafe pthread_getspecific(key) {
            unsafe raw = OpaquePointer(known)
            isOwned = false
        } else {
            Libgcrypt.require()
            unsafe raw = try CipherHandle.open(kind)
            // a handle that the thread has no room for serves once
            isOwned = unsafe pthread_setspecific(key, UnsafeRawPointer(raw)) != 0
        }
    }

    private static func open(_ kind: CipherKind) throws(CryptoError) -> gcry_cipher_hd_t {
        var handle: gcry_cipher_hd_t?
        try check(unsafe gcry_cipher_open(&handle, kind.algorithm, kind.mode, 0))
        guard let handle = unsafe handle else { throw .backend(code: 0) }
        return unsafe handle
    }

    func setKey(_ key: Span<UInt8>) throws(CryptoError) {
        let code = unsafe key.withUnsafeBytes { unsafe gcry_cipher_setkey(raw, $0.baseAddress, $0.count) }
        try CipherHandle.check(code)
    }

    func setNonce(_ nonce: Span<UInt8>) throws(CryptoError) {
        let code = unsafe nonce.withUnsafeBytes { unsafe gcry_cipher_setiv(raw, $0.baseAddress, $0.count) }
        try CipherHandle.check(code)
    }

    func authenticate(_ data: Span<UInt8>) throws(CryptoError) {
        let code = unsafe data.withUnsafeBytes { unsafe gcry_cipher_authenticate(raw, $0.baseAddress, $0.count) }
        try CipherHandle.check(code)
    }

    /// Sets everything that a GCM text needs before its first byte.
    func begin(key: Span<UInt8>, nonce: Span<UInt8>, data: Span<UInt8>) throws(CryptoError) {
        try setKey(key)
        try restart(nonce: nonce, data: data)
    }

    /// Begins a GCM text under the key that is set.
    func restart(nonce: Span<UInt8>, data: Span<UInt8>) throws(CryptoError) {
        try CipherHandle.check(unsafe tern_gcry_cipher_reset(raw))
        try setNonce(nonce)
        if data.count > 0 { try authenticate(data) }
    }

    @_lifetime(text: copy text)
    func encrypt(inPlace text: inout MutableSpan<UInt8>) throws(CryptoError) {
        let code = unsafe text.withUnsafeMutableBytes {
            unsafe gcry_cipher_encrypt(raw, $0.baseAddress, $0.count, nil, 0)
        }
        try CipherHandle.check(code)
    }

    @_lifetime(text: copy text)
    func decrypt(inPlace text: inout MutableSpan<UInt8>) throws(CryptoError) {
        let code = unsafe text.withUnsafeMutableBytes {
            unsafe gcry_cipher_decrypt(raw, $0.baseAddress, $0.count, nil, 0)
        }
        try CipherHandle.check(code)
    }

    /// Decrypts to the beginning of `output`, which is at least as long as `text`.
    @_lifetime(output: copy output)
    func decrypt(_ text: Span<UInt8>, into output: inout MutableSpan<UInt8>) throws(CryptoError) {
        let code = unsafe text.withUnsafeBytes { text in
            unsafe output.withUnsafeMutableBytes { output in
                unsafe gcry_cipher_decrypt(raw, output.baseAddress, output.count, text.baseAddress, text.count)
            }
        }
        try CipherHandle.check(code)
    }

    /// Ends a GCM text and gives its tag.
    func tag() throws(CryptoError) -> FixedBytes<16> {
        var tag = FixedBytes<16>()
        var bytes = tag.mutableSpan
        let code = unsafe bytes.withUnsafeMutableBytes { unsafe gcry_cipher_gettag(raw, $0.baseAddress, $0.count) }
        try CipherHandle.check(code)
        return tag
    }

    /// Overwrites all that follows from the key: schedules, hash tables, key stream.
    ///
    /// `gcry_cipher_setkey` alone would not do. It leaves the schedule for decryption, which holds bytes of the key itself,
    /// and copies it to where `gcry_cipher_reset` finds the beginning. So the beginning, which has no such schedule yet,
    /// comes back first.
    func wipe(keyLength: Int) {
        unsafe tern_gcry_cipher_reset(raw)
        wipeEncryption(keyLength: keyLength)
    }

    /// As ``wipe(keyLength:)`` where CBC has only encrypted: there is neither that schedule nor a key stream.
    func wipeEncryption(keyLength: Int) {
        let zeros = InlineArray<32, UInt8>(repeating: 0)
        unsafe zeros.span.withUnsafeBytes { zeros in
            _ = unsafe gcry_cipher_setkey(raw, zeros.baseAddress, keyLength)
        }
    }

    private static func check(_ code: gcry_error_t) throws(CryptoError) {
        guard code == 0 else { throw .backend(code: Int(code & 0xffff)) }
    }

    deinit {
        if isOwned { unsafe gcry_cipher_close(raw) }
    }
}
