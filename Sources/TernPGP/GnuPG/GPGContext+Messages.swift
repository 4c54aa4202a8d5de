// Owns encrypting, signing, decrypting and checking of bytes with gpgme. It must not know what the bytes say, nor who may sign.

internal import CGPGME
internal import Glibc
internal import TernCore
internal import TernCrypto

/// How OpenPGP data is spelled.
struct GPGSpelling {
    /// ASCII armor around it.
    var isArmored = false
    /// Text, and not bytes.
    var isText = false
}

extension GPGContext {
    /// What a message held, and what GnuPG said of it.
    struct Opened {
        let sink: PlaintextSink
        let reading: MessageReading
    }

    /// Decrypts `message`, and looks at the signatures in it.
    /// - Throws: ``TernCore/SessionError/unauthentic``, ``TernCore/SessionError/malformed``, ``TernCore/SessionError/notForThisDevice``,
    ///   ``TernCore/SessionError/unsupported`` for a weak algorithm, ``TernCore/SessionError/limitExceeded`` for more than `limit` bytes,
    ///   ``TernCore/SessionError/backend(code:)``. Nothing is given unless the message was whole.
    func open(_ message: Span<UInt8>, limit: Int) throws(SessionError) -> Opened {
        let sink = try unsafe run(message, limit: limit) { raw, input, output in
            unsafe gpgme_op_decrypt_verify(raw, input, output)
        }
        let reading = MessageReading(log)
        guard reading.isOrderly else { throw .unauthentic }
        guard reading.isDecrypted else { throw .malformed }
        guard reading.isStrong else { throw .unsupported }
        return Opened(sink: sink, reading: reading)
    }

    /// The text of a message that is signed and not encrypted.
    func openSigned(_ message: Span<UInt8>, limit: Int) throws(SessionError) -> Opened {
        let sink = try unsafe run(message, limit: limit) { raw, input, output in
            unsafe gpgme_op_verify(raw, input, nil, output)
        }
        let reading = MessageReading(log)
        guard reading.isOrderly, !reading.isDecrypted else { throw .unauthentic }
        return Opened(sink: sink, reading: reading)
    }

    /// Looks at a signature that stands apart from its text.
    func verify(_ signature: Span<UInt8>, of text: Span<UInt8>) throws(SessionError) -> MessageReading {
        log.clear()
        let status = unsafe GPGContext.withInput(text) { text in
            unsafe GPGContext.withInput(signature) { unsafe gpgme_op_verify(raw, $0, text, nil) }
        }
        guard let status, let status else { throw .backend(code: 0) }
        guard !log.isOverfull else { throw .limitExceeded }
        let reading = MessageReading(log)
        // what is wrong with a signature is said of each
        if reading.signatures.isEmpty { try GPGContext.check(status) }
        return reading
    }

    /// Whom something is encrypted to: keys of the home, or certificates in files.
    struct Audience {
        /// Fingerprints of keys in the home.
        var keys: [Fingerprint] = []
        /// Paths of certificates, each of which is taken for what it is.
        var files: [String] = []
        /// Whoever knows the passphrase of the context.
        var hasPassphrase = false

        /// gpgme's list of recipients, a line each.
        fileprivate var lines: String {
            (keys.map(\.hex) + (files.isEmpty ? [] : ["--file"]) + files).joined(separator: "\n")
        }
    }

    /// Encrypts `plaintext`.
    /// - Parameter isSigned: Whether it is signed, with the context's signers or else with the home's own key.
    /// - Throws: ``TernCore/SessionError/materialMissing`` where a recipient has no key that can be used.
    func seal(
        _ plaintext: Span<UInt8>, to audience: Audience, isSigned: Bool, _ spelling: GPGSpelling = GPGSpelling()
    ) throws(SessionError) -> [UInt8] {
        unsafe gpgme_set_armor(raw, spelling.isArmored ? 1 : 0)
        unsafe gpgme_set_textmode(raw, spelling.isText ? 1 : 0)
        var flags = GPGME_ENCRYPT_ALWAYS_TRUST.rawValue | GPGME_ENCRYPT_NO_COMPRESS.rawValue
        if audience.hasPassphrase { flags |= GPGME_ENCRYPT_SYMMETRIC.rawValue }
        let lines = audience.lines
        let sink = try unsafe run(plaintext, limit: Int.max) { raw, input, output in
            let recipients = lines.isEmpty ? nil : lines
            return isSigned
                ? unsafe gpgme_op_encrypt_sign_ext(raw, nil, recipients, gpgme_encrypt_flags_t(flags), input, output)
                : unsafe gpgme_op_encrypt_ext(raw, nil, recipients, gpgme_encrypt_flags_t(flags), input, output)
        }
        if let result = unsafe gpgme_op_encrypt_result(raw), unsafe result.pointee.invalid_recipients != nil {
            throw .materialMissing
        }
        return sink.take()
    }

    /// How a signature stands to its text.
    enum SignatureForm {
        /// Apart from it.
        case detached
        /// Around it.
        case around
        /// Below it, and the text readable by everybody.
        case clear
    }

    /// Signs `text` with the context's signers, or else with the home's own key.
    func sign(
        _ text: Span<UInt8>, _ form: SignatureForm, _ spelling: GPGSpelling = GPGSpelling()
    ) throws(SessionError) -> [UInt8] {
        unsafe gpgme_set_armor(raw, spelling.isArmored ? 1 : 0)
        unsafe gpgme_set_textmode(raw, spelling.isText ? 1 : 0)
        let mode =
            switch form {
            case .detached: GPGME_SIG_MODE_DETACH
            case .around: GPGME_SIG_MODE_NORMAL
            case .clear: GPGME_SIG_MODE_CLEAR
            }
        return try unsafe run(text, limit: Int.max) { raw, input, output in
            unsafe gpgme_op_sign(raw, input, output, mode)
        }.take()
    }

    /// Chooses whose keys sign, all of them in the home.
    func setSigners(_ keys: [Fingerprint]) throws(SessionError) {
        unsafe gpgme_signers_clear(raw)
        for key in keys {
            let handle = unsafe try handle(key, isSecret: true)
            defer { unsafe gpgme_key_unref(handle) }
            try GPGContext.check(unsafe gpgme_signers_add(raw, handle))
        }
    }
}
