// Owns what libotr knows of a conversation as bytes, and back. It must not know what the session around it keeps.

internal import COTR
internal import COTRState
internal import TernCore
internal import TernCrypto

extension OTREngine {
    /// Whether this libotr is the one whose conversations can be written down. Everything else works with others as well.
    static var canFreeze: Bool {
        guard (try? Libgcrypt.start()) != nil else { return false }
        return tern_otr_state_is_known() == 1
    }

    /// All that libotr knows of the conversation; neither the account's key nor its instance tag.
    /// - Throws: ``TernCore/SessionError/backendMissing`` for another libotr, ``TernCore/SessionError/limitExceeded`` where the
    ///   other end has shown too many keys.
    func freeze() throws(SessionError) -> SecretBytes {
        var record = unsafe tern_otr_record()
        defer { unsafe tern_otr_record_free(&record) }
        try OTREngine.check(unsafe tern_otr_freeze(UnsafeMutableRawPointer(user.raw), &record))
        let bytes = unsafe UnsafeBufferPointer(start: record.bytes, count: record.length)
        return unsafe SecretBytes(copying: Span(_unsafeElements: bytes))
    }

    /// Takes up a conversation in an engine that has none yet.
    /// - Throws: ``TernCore/SessionError/store(_:)`` for a record that is damaged or newer,
    ///   ``TernCore/SessionError/backendMissing`` for another libotr.
    func thaw(_ record: Span<UInt8>) throws(SessionError) {
        let code = unsafe record.withUnsafeBufferPointer { record in
            unsafe tern_otr_thaw(
                UnsafeMutableRawPointer(user.raw), account, peer, OTREngine.network, record.baseAddress, record.count)
        }
        try OTREngine.check(code)
    }

    private static func check(_ code: Int32) throws(SessionError) {
        switch Int(code) {
        case 0: return
        case Int(TERN_OTR_UNKNOWN_LIBRARY): throw .backendMissing
        case Int(TERN_OTR_NEWER): throw .store(.newer(version: 2))
        case Int(TERN_OTR_MALFORMED): throw .store(.damaged)
        case Int(TERN_OTR_TOO_MUCH): throw .limitExceeded
        default: throw .backend(code: Int(code))
        }
    }
}
