// Owns one gpgme context: one engine process at a time, on one thread at a time. It must not know about XMPP.

internal import CGPGME
internal import TernCore

/// A gpgme context for one home, made for one job and used up by it.
@safe
struct GPGContext: ~Copyable {
    private let raw: gpgme_ctx_t

    /// What a message held, and whose key signed it.
    struct Opened: Sendable {
        let plaintext: [UInt8]
        let signature: Signature
    }

    /// A good signature.
    struct Signature: Sendable {
        /// Of the key that signed, which may be a subkey.
        let key: Fingerprint
        /// Of the primary key that the signing key belongs to.
        let primary: Fingerprint
    }

    /// A context without network, prompts or key retrieval.
    init(_ home: GnuPGHome) throws(SessionError) {
        guard GPGContext.isStarted else { throw .backendMissing }
        var raw: gpgme_ctx_t?
        try GPGContext.check(unsafe gpgme_new(&raw))
        guard let raw = unsafe raw else { throw .backend(code: 0) }
        do {
            try GPGContext.check(unsafe gpgme_set_protocol(raw, GPGME_PROTOCOL_OpenPGP))
            try GPGContext.check(unsafe gpgme_ctx_set_engine_info(raw, GPGME_PROTOCOL_OpenPGP, nil, home.path))
            try GPGContext.check(unsafe gpgme_set_pinentry_mode(raw, GPGME_PINENTRY_MODE_ERROR))
            try GPGContext.check(unsafe gpgme_set_ctx_flag(raw, "auto-key-retrieve", "0"))
            unsafe gpgme_set_offline(raw, 1)
        } catch {
            unsafe gpgme_release(raw)
            throw error
        }
        unsafe self.raw = raw
    }

    /// Decrypts `message` and checks who signed it. Nothing is given unless all of it succeeded and there is exactly one
    /// signature, which is good.
    /// - Throws: ``TernCore/SessionError/unauthentic``, ``TernCore/SessionError/malformed``, ``TernCore/SessionError/notForThisDevice``,
    ///   ``TernCore/SessionError/limitExceeded`` for more than `limit` bytes, ``TernCore/SessionError/backend(code:)``.
    func open(_ message: [UInt8], limit: Int) throws(SessionError) -> Opened {
        let sink = PlaintextSink(limit: limit)
        let status = unsafe message.withUnsafeBytes { message -> gpgme_error_t? in
            var input: gpgme_data_t?
            let base = unsafe message.baseAddress?.assumingMemoryBound(to: CChar.self)
            guard unsafe gpgme_data_new_from_mem(&input, base, message.count, 0) == 0, let input = unsafe input else {
                return nil
            }
            defer { unsafe gpgme_data_release(input) }
            return unsafe sink.withData { output in unsafe gpgme_op_decrypt_verify(raw, input, output) }
        }
        guard let status else { throw .backend(code: 0) }
        guard !sink.isOverfull else { throw .limitExceeded }
        try GPGContext.check(status)
        guard let result = unsafe gpgme_op_decrypt_result(raw), unsafe tern_gpgme_is_weak(result) == 0 else {
            throw .unauthentic
        }
        let signer = try signer()
        return Opened(plaintext: sink.take(), signature: Signature(key: signer, primary: try primary(of: signer)))
    }

    /// Whose signature is on what was opened. gpgme calls it a success when there is none.
    private func signer() throws(SessionError) -> Fingerprint {
        guard let result = unsafe gpgme_op_verify_result(raw), let signature = unsafe result.pointee.signatures,
            unsafe signature.pointee.next == nil, unsafe gpgme_err_code(signature.pointee.status) == GPG_ERR_NO_ERROR,
            unsafe tern_gpgme_is_misused(signature) == 0,
            let fingerprint = unsafe GPGContext.text(signature.pointee.fpr)
        else { throw .unauthentic }
        return try GPGContext.fingerprint(fingerprint)
    }

    /// The primary key that `key` is, or is a subkey of.
    private func primary(of key: Fingerprint) throws(SessionError) -> Fingerprint {
        var found: gpgme_key_t?
        try GPGContext.check(unsafe gpgme_get_key(raw, key.hex, &found, 0))
        guard let found = unsafe found else { throw .materialMissing }
        defer { unsafe gpgme_key_unref(found) }
        guard unsafe tern_gpgme_is_unusable(found) == 0, let fingerprint = unsafe GPGContext.text(found.pointee.fpr)
        else {
            throw .untrusted
        }
        return try GPGContext.fingerprint(fingerprint)
    }

    private static func fingerprint(_ text: String) throws(SessionError) -> Fingerprint {
        guard let fingerprint = try? Fingerprint(hex: text) else { throw .malformed }
        return fingerprint
    }

    private static func text(_ text: UnsafeMutablePointer<CChar>?) -> String? {
        unsafe text.map { unsafe String(cString: $0) }
    }

    /// Tells apart what a peer can cause from what is wrong here.
    private static func check(_ status: gpgme_error_t) throws(SessionError) {
        let code = gpgme_err_code(status)
        switch code {
        case GPG_ERR_NO_ERROR: return
        case GPG_ERR_DECRYPT_FAILED, GPG_ERR_BAD_SIGNATURE, GPG_ERR_CHECKSUM, GPG_ERR_BAD_DATA: throw .unauthentic
        case GPG_ERR_NO_DATA, GPG_ERR_INV_PACKET, GPG_ERR_UNEXPECTED: throw .malformed
        case GPG_ERR_NO_SECKEY: throw .notForThisDevice
        case GPG_ERR_UNSUPPORTED_ALGORITHM: throw .unsupported
        case GPG_ERR_INV_ENGINE, GPG_ERR_ENOENT: throw .backendMissing
        default: throw .backend(code: Int(code.rawValue))
        }
    }

    /// gpgme once a process. It makes the process ignore SIGPIPE.
    private static let isStarted = tern_gpgme_start() != 0

    deinit {
        unsafe gpgme_release(raw)
    }
}
