// Owns one `OtrlUserState`: everything that libotr knows about one conversation. It must not know what it is used for.

internal import COTR
internal import Glibc
internal import TernCore
internal import TernCrypto

/// libotr's state. It has one owner at a time and may change threads with it: libotr keeps nothing per thread.
@safe
struct UserState: ~Copyable, @unchecked Sendable {
    let raw: OtrlUserState

    /// An empty state.
    init() throws(SessionError) {
        do {
            try Libgcrypt.start()
        } catch {
            throw .backendMissing
        }
        guard let raw = unsafe otrl_userstate_create() else { throw .backend(code: 0) }
        unsafe self.raw = raw
    }

    /// Reads the account's key and instance tag: a context that libotr makes without one gets the tag 0, which no message is
    /// ever for.
    func adopt(_ key: OTRPrivateKey, _ tag: InstanceTag) throws(SessionError) {
        let file = try LibotrFile()
        try key.file.withSpan { (bytes) throws(SessionError) in try file.write(bytes) }
        try UserState.check(unsafe otrl_privkey_read_FILEp(raw, file.stream))
        let tags = try LibotrFile()
        let line = LibotrFiles.InstanceTagEntry(
            account: key.account.description, network: OTREngine.network, tag: tag)
        try tags.write(Array(LibotrFiles.instanceTags([line]).utf8).span)
        try UserState.check(unsafe otrl_instag_read_FILEp(raw, tags.stream))
    }

    static func check(_ code: gcry_error_t) throws(SessionError) {
        guard code == 0 else { throw .backend(code: Int(code & 0xffff)) }
    }

    deinit {
        // libotr 4.1.1 wipes what is hidden in a context and forgets to free it: 728 bytes each.
        var hidden: [UnsafeMutablePointer<ConnContextPriv>] = unsafe []
        var next = unsafe raw.pointee.context_root
        while let context = unsafe next {
            if let part = unsafe context.pointee.context_priv { unsafe hidden.append(part) }
            unsafe next = unsafe context.pointee.next
        }
        unsafe otrl_userstate_free(raw)
        guard unsafe String(cString: otrl_version()) == "4.1.1" else { return }
        unsafe hidden.forEach { part in unsafe free(part) }
    }
}
