// Owns what is asked of gpgme now and then: session keys, and taking a key back. It must not know for whom.

internal import CGPGME
internal import Glibc
internal import TernCore

extension GPGContext {
    /// The key of the message that was opened last.
    var sessionKey: String? {
        guard let result = unsafe gpgme_op_decrypt_result(raw), let key = unsafe result.pointee.session_key else {
            return nil
        }
        return unsafe String(cString: key)
    }

    /// Opens the next message with this key.
    func setSessionKey(_ key: String) throws(SessionError) {
        try GPGContext.check(unsafe gpgme_set_ctx_flag(raw, "override-session-key", key))
    }

    /// Lets the session key be told.
    func tellSessionKey() throws(SessionError) {
        try GPGContext.check(unsafe gpgme_set_ctx_flag(raw, "export-session-key", "1"))
    }

    /// Takes a key back, by GnuPG's own dialogue: gpgme has no call for it.
    func revoke(_ key: Fingerprint) throws(SessionError) {
        let handle = unsafe try handle(key, isSecret: true)
        defer { unsafe gpgme_key_unref(handle) }
        let dialogue = RevocationDialogue()
        let sink = PlaintextSink(limit: 1 << 20)
        let status = unsafe sink.withData { output in
            unsafe gpgme_op_interact(
                raw, handle, 0, RevocationDialogue.answer, Unmanaged.passUnretained(dialogue).toOpaque(), output)
        }
        guard let status else { throw .backend(code: 0) }
        try GPGContext.check(status)
    }
}

/// What GnuPG is told while it takes a key back.
private final class RevocationDialogue {
    private var hasRevoked = false

    private func reply(to question: String) -> String? {
        switch question {
        case "keyedit.prompt":
            defer { hasRevoked = true }
            return hasRevoked ? "save" : "revkey"
        case "ask_revocation_reason.code": return "0"
        case "ask_revocation_reason.text": return ""
        case let other
        where other.hasSuffix(".okay") || other.hasPrefix("keyedit.revoke") || other.hasPrefix("gen_revoke"):
            return "y"
        default: return nil
        }
    }

    static let answer: gpgme_interact_cb_t = { dialogue, keyword, arguments, descriptor in
        guard let dialogue = unsafe dialogue, let keyword = unsafe keyword else { return 0 }
        let word = unsafe String(cString: keyword)
        guard word.hasPrefix("GET_"), descriptor >= 0 else { return 0 }
        let question = unsafe arguments.map { unsafe String(cString: $0) } ?? ""
        let self_ = unsafe Unmanaged<RevocationDialogue>.fromOpaque(dialogue).takeUnretainedValue()
        guard let reply = self_.reply(to: question) else {
            return gpgme_err_make(GPG_ERR_SOURCE_USER_1, GPG_ERR_CANCELED)
        }
        let line = Array((reply + "\n").utf8)
        let isWritten = unsafe line.withUnsafeBytes {
            unsafe gpgme_io_writen(descriptor, $0.baseAddress, $0.count) == 0
        }
        return isWritten ? 0 : gpgme_err_make(GPG_ERR_SOURCE_USER_1, GPG_ERR_EIO)
    }
}
