// Owns one gpgme context: one engine process at a time, on one thread at a time. It must not know about XMPP.

internal import CGPGME
internal import Glibc
internal import TernCore
internal import TernCrypto

/// A gpgme context for one home. One thread at a time uses it; see ``GnuPGHome/withContext(asksAgent:_:)``.
@safe
final class GPGContext: @unchecked Sendable {
    let raw: gpgme_ctx_t
    /// What GnuPG says of an operation as it goes on.
    let log: GPGStatusLog
    private let passphrases: Passphrases

    /// Whether GnuPG has asked for a passphrase.
    var hasAsked: Bool { passphrases.wereAsked }

    /// A context without network, prompts or key retrieval.
    /// - Parameters:
    ///   - passphrases: What GnuPG is told when it asks.
    ///   - asksAgent: Whether a passphrase is the business of the home's own agent and its person.
    init(
        _ home: String, passphrases: Passphrases = Passphrases(), asksAgent: Bool = false
    ) throws(SessionError) {
        let log = GPGStatusLog()
        let raw = unsafe try GPGContext.make(home, passphrases, asksAgent: asksAgent, log)
        unsafe self.raw = raw
        self.log = log
        self.passphrases = passphrases
    }

    private static func make(
        _ home: String, _ passphrases: Passphrases, asksAgent: Bool, _ log: GPGStatusLog
    ) throws(SessionError) -> gpgme_ctx_t {
        guard GPGContext.isStarted else { throw .backendMissing }
        var made: gpgme_ctx_t?
        try GPGContext.check(unsafe gpgme_new(&made))
        guard let raw = unsafe made else { throw .backend(code: 0) }
        do {
            try GPGContext.check(unsafe gpgme_set_protocol(raw, GPGME_PROTOCOL_OpenPGP))
            try GPGContext.check(unsafe gpgme_ctx_set_engine_info(raw, GPGME_PROTOCOL_OpenPGP, nil, home))
            try GPGContext.check(
                unsafe gpgme_set_pinentry_mode(
                    raw, asksAgent ? GPGME_PINENTRY_MODE_DEFAULT : GPGME_PINENTRY_MODE_LOOPBACK))
            try GPGContext.check(unsafe gpgme_set_ctx_flag(raw, "auto-key-retrieve", "0"))
            try GPGContext.check(unsafe gpgme_set_ctx_flag(raw, "full-status", "1"))
        } catch {
            unsafe gpgme_release(raw)
            throw error
        }
        unsafe gpgme_set_offline(raw, 1)
        if !asksAgent {
            unsafe gpgme_set_passphrase_cb(
                raw, Passphrases.answer, Unmanaged.passUnretained(passphrases).toOpaque())
        }
        unsafe gpgme_set_status_cb(raw, GPGStatusLog.note, Unmanaged.passUnretained(log).toOpaque())
        return unsafe raw
    }

    /// Runs an operation from bytes to bytes. Nothing is given unless all of it succeeded.
    func run(
        _ input: Span<UInt8>, limit: Int, _ operation: (gpgme_ctx_t, gpgme_data_t, gpgme_data_t) -> gpgme_error_t
    ) throws(SessionError) -> PlaintextSink {
        log.clear()
        let sink = PlaintextSink(limit: limit)
        let status = unsafe GPGContext.withInput(input) { input in
            unsafe sink.withData { output in unsafe operation(raw, input, output) }
        }
        guard let status, let status else { throw .backend(code: 0) }
        guard !sink.isOverfull, !log.isOverfull else { throw .limitExceeded }
        if gpgme_err_code(status) != GPG_ERR_NO_ERROR, passphrases.wereWrong { throw .notForThisDevice }
        try GPGContext.check(status)
        return sink
    }

    /// Runs an operation that has no output.
    func run(
        _ input: Span<UInt8>, _ operation: (gpgme_ctx_t, gpgme_data_t) -> gpgme_error_t
    ) throws(SessionError) {
        log.clear()
        let status = unsafe GPGContext.withInput(input) { unsafe operation(raw, $0) }
        guard let status else { throw .backend(code: 0) }
        guard !log.isOverfull else { throw .limitExceeded }
        try GPGContext.check(status)
    }

    static func withInput<Result>(_ bytes: Span<UInt8>, _ body: (gpgme_data_t) -> Result) -> Result? {
        unsafe bytes.withUnsafeBytes { bytes in
            var input: gpgme_data_t?
            let base = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            guard unsafe gpgme_data_new_from_mem(&input, base, bytes.count, 0) == 0, let input = unsafe input else {
                return nil
            }
            defer { unsafe gpgme_data_release(input) }
            return unsafe body(input)
        }
    }

    static func fingerprint(_ text: UnsafeMutablePointer<CChar>?) throws(SessionError) -> Fingerprint {
        guard let text = unsafe text, let fingerprint = try? Fingerprint(hex: unsafe String(cString: text)) else {
            throw .malformed
        }
        return fingerprint
    }

    /// Tells apart what a peer can cause from what is wrong here.
    static func check(_ status: gpgme_error_t) throws(SessionError) {
        let code = gpgme_err_code(status)
        switch code {
        case GPG_ERR_NO_ERROR: return
        case GPG_ERR_DECRYPT_FAILED, GPG_ERR_BAD_SIGNATURE, GPG_ERR_CHECKSUM, GPG_ERR_BAD_DATA: throw .unauthentic
        case GPG_ERR_NO_DATA, GPG_ERR_INV_PACKET, GPG_ERR_UNEXPECTED, GPG_ERR_INV_ARMOR: throw .malformed
        case GPG_ERR_NO_SECKEY: throw .notForThisDevice
        case GPG_ERR_UNUSABLE_PUBKEY, GPG_ERR_NO_PUBKEY, GPG_ERR_UNUSABLE_SECKEY, GPG_ERR_INV_USER_ID,
            GPG_ERR_NOT_FOUND:
            throw .materialMissing
        case GPG_ERR_BAD_PASSPHRASE, GPG_ERR_NO_PASSPHRASE, GPG_ERR_CANCELED: throw .notForThisDevice
        case GPG_ERR_UNSUPPORTED_ALGORITHM: throw .unsupported
        case GPG_ERR_INV_ENGINE, GPG_ERR_ENOENT: throw .backendMissing
        default: throw .backend(code: Int(code.rawValue))
        }
    }

    /// gpgme once a process. It makes the process ignore SIGPIPE.
    static let isStarted = tern_gpgme_start() != 0

    deinit {
        unsafe gpgme_release(raw)
    }
}

/// What GnuPG is told when it asks for a passphrase.
@safe
final class Passphrases {
    private var left: [SecretBox]
    /// GnuPG has asked for one.
    private(set) var wereAsked = false
    /// GnuPG has refused one.
    private(set) var wereWrong = false

    /// None: whatever is asked, the answer is no.
    init() {
        left = []
    }

    /// One for everything that is asked.
    init(_ passphrase: consuming SecretBytes) {
        left = [SecretBox(passphrase)]
    }

    /// The old one, and then the new one, as often as it is asked for.
    init(_ old: consuming SecretBytes, then new: consuming SecretBytes) {
        left = [SecretBox(old), SecretBox(new)]
    }

    private final class SecretBox {
        let bytes: SecretBytes
        init(_ bytes: consuming SecretBytes) { self.bytes = bytes }
    }

    private func write(to descriptor: Int32, again isWrong: Bool) -> gpgme_error_t {
        wereAsked = true
        if isWrong { wereWrong = true }
        guard !isWrong, let next = left.first else { return gpgme_err_make(GPG_ERR_SOURCE_USER_1, GPG_ERR_CANCELED) }
        if left.count > 1 { left.removeFirst() }
        let isWritten = next.bytes.withSpan { bytes in
            unsafe bytes.withUnsafeBytes { unsafe gpgme_io_writen(descriptor, $0.baseAddress, $0.count) == 0 }
        }
        var end = UInt8(ascii: "\n")
        guard isWritten, unsafe gpgme_io_writen(descriptor, &end, 1) == 0 else {
            return gpgme_err_make(GPG_ERR_SOURCE_USER_1, GPG_ERR_EIO)
        }
        return 0
    }

    static let answer: gpgme_passphrase_cb_t = { passphrases, _, _, isWrong, descriptor in
        guard let passphrases = unsafe passphrases else {
            return gpgme_err_make(GPG_ERR_SOURCE_USER_1, GPG_ERR_GENERAL)
        }
        return unsafe Unmanaged<Passphrases>.fromOpaque(passphrases).takeUnretainedValue()
            .write(to: descriptor, again: isWrong != 0)
    }
}
