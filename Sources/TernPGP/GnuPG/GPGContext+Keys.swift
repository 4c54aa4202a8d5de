// Owns making, taking, giving and looking at keys with gpgme. It must not know whose they ought to be.

internal import CGPGME
internal import Glibc
internal import TernCore
internal import TernCrypto

/// What GnuPG makes of a key in its home.
struct KeyReading {
    /// Of the primary key.
    let primary: Fingerprint
    /// The user ids that its owner stands by.
    let userIDs: [String]
    /// Its owner has taken it back.
    let isRevoked: Bool
    /// Its time is over.
    let isExpired: Bool
    /// When its time is over.
    let expires: Timestamp?
    /// Others can encrypt to it now.
    let canEncrypt: Bool
    /// It can sign now.
    let canSign: Bool
    /// Its secret part is here.
    let isSecret: Bool
}

extension GPGContext {
    /// Takes keys into the home.
    /// - Returns: The keys that were taken or are there already; none where GnuPG knows none of them, as with keys of version 6.
    func takeKeys(_ bytes: Span<UInt8>) throws(SessionError) -> [Fingerprint] {
        // a revocation for a key that is here already ends gpg where it has no trust database
        try GPGContext.check(unsafe gpgme_set_ctx_flag(raw, "trust-model", "direct"))
        defer { unsafe gpgme_set_ctx_flag(raw, "trust-model", "always") }
        try unsafe run(bytes) { raw, input in unsafe gpgme_op_import(raw, input) }
        guard let result = unsafe gpgme_op_import_result(raw), unsafe result.pointee.considered > 0 else { return [] }
        var found: [Fingerprint] = []
        var next = unsafe result.pointee.imports
        while let entry = unsafe next {
            if unsafe gpgme_err_code(entry.pointee.result) == GPG_ERR_NO_ERROR {
                let fingerprint = unsafe try GPGContext.fingerprint(unsafe entry.pointee.fpr)
                if !found.contains(fingerprint) { found.append(fingerprint) }
            }
            unsafe next = entry.pointee.next
        }
        return found
    }

    /// A handle, for its taker to release.
    func handle(_ key: Fingerprint, isSecret: Bool) throws(SessionError) -> gpgme_key_t {
        var found: gpgme_key_t?
        let status = unsafe gpgme_get_key(raw, key.hex, &found, isSecret ? 1 : 0)
        guard gpgme_err_code(status) != GPG_ERR_EOF else { throw .materialMissing }
        try GPGContext.check(status)
        guard let found = unsafe found else { throw .materialMissing }
        return unsafe found
    }

    /// What GnuPG makes of a key.
    func reading(of key: Fingerprint, isSecret: Bool = false) throws(SessionError) -> KeyReading {
        let handle = unsafe try handle(key, isSecret: isSecret)
        defer { unsafe gpgme_key_unref(handle) }
        guard let primary = unsafe handle.pointee.subkeys else { throw .malformed }
        var userIDs: [String] = []
        var user = unsafe handle.pointee.uids
        while let entry = unsafe user {
            if unsafe tern_gpgme_is_void(entry) == 0, let text = unsafe entry.pointee.uid {
                userIDs.append(unsafe String(cString: text))
            }
            unsafe user = entry.pointee.next
        }
        var canEncrypt = false
        var canSign = false
        var isHere = false
        var next = unsafe handle.pointee.subkeys
        while let entry = unsafe next {
            if unsafe tern_gpgme_is_unusable(entry) == 0 {
                if unsafe tern_gpgme_can_encrypt(entry) != 0 { canEncrypt = true }
                if unsafe tern_gpgme_can_sign(entry) != 0 { canSign = true }
            }
            if unsafe tern_gpgme_is_secret(entry) != 0 { isHere = true }
            unsafe next = entry.pointee.next
        }
        let expires = unsafe primary.pointee.expires
        return unsafe KeyReading(
            primary: try GPGContext.fingerprint(unsafe primary.pointee.fpr), userIDs: userIDs,
            isRevoked: unsafe tern_gpgme_is_revoked(primary) != 0,
            isExpired: unsafe tern_gpgme_is_expired(primary) != 0,
            expires: expires > 0 ? Timestamp(seconds: Int64(expires)) : nil, canEncrypt: canEncrypt, canSign: canSign,
            isSecret: isHere)
    }

    /// A certificate, with the newest self-signatures alone where it is minimal.
    func certificate(of key: Fingerprint, isMinimal: Bool = true) throws(SessionError) -> [UInt8] {
        try export(key, isMinimal ? GPGME_EXPORT_MODE_MINIMAL : 0).take()
    }

    /// A transferable secret key, protected as it is in the home.
    func secretKey(of key: Fingerprint) throws(SessionError) -> SecretBytes {
        try export(key, GPGME_EXPORT_MODE_SECRET).takeSecret()
    }

    private func export(_ key: Fingerprint, _ mode: Int32) throws(SessionError) -> PlaintextSink {
        unsafe gpgme_set_armor(raw, 0)
        let pattern = key.hex
        let sink = PlaintextSink(limit: Int.max)
        let status = unsafe sink.withData { output in
            unsafe gpgme_op_export(raw, pattern, gpgme_export_mode_t(mode), output)
        }
        guard let status else { throw .backend(code: 0) }
        try GPGContext.check(status)
        guard sink.count > 0 else { throw .materialMissing }
        return sink
    }

    /// Makes an Ed25519 key that certifies, with an Ed25519 subkey that signs and a Curve25519 subkey that others encrypt to. Where a
    /// passphrase is to protect it, the context has it.
    func makeKey(
        for userIDs: [String], isProtected: Bool = false, signingOnly: Bool = false
    ) throws(SessionError) -> Fingerprint {
        let flags =
            UInt32(GPGME_CREATE_NOEXPIRE | GPGME_CREATE_FORCE) | (isProtected ? 0 : UInt32(GPGME_CREATE_NOPASSWD))
        let first = userIDs.first ?? ""
        try GPGContext.check(
            unsafe gpgme_op_createkey(raw, first, "ed25519/cert", 0, 0, nil, flags | UInt32(GPGME_CREATE_CERT)))
        guard let result = unsafe gpgme_op_genkey_result(raw) else { throw .backend(code: 0) }
        let fingerprint = unsafe try GPGContext.fingerprint(unsafe result.pointee.fpr)
        let handle = unsafe try handle(fingerprint, isSecret: false)
        defer { unsafe gpgme_key_unref(handle) }
        for algorithm in ["ed25519/sign"] + (signingOnly ? [] : ["cv25519/encr"]) {
            try GPGContext.check(unsafe gpgme_op_createsubkey(raw, handle, algorithm, 0, 0, flags))
        }
        for user in userIDs.dropFirst() {
            try GPGContext.check(unsafe gpgme_op_adduid(raw, handle, user, 0))
        }
        return fingerprint
    }

    /// Puts the second passphrase of the context in the place of the first; an empty one takes the protection away.
    func changePassphrase(of key: Fingerprint) throws(SessionError) {
        let handle = unsafe try handle(key, isSecret: true)
        defer { unsafe gpgme_key_unref(handle) }
        try GPGContext.check(unsafe gpgme_op_passwd(raw, handle, 0))
    }
}
