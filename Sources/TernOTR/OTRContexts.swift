// Owns the look into what libotr remembers: one context for each program of the other end. It must not change anything.

internal import COTR
internal import TernCore

extension OTREngine {
    /// How far the best of the other end's programs has come.
    var state: OTRReport.State {
        guard let context = unsafe best else { return .plain(isNegotiating: false) }
        switch unsafe context.pointee.msgstate {
        case OTRL_MSGSTATE_ENCRYPTED: return .encrypted
        case OTRL_MSGSTATE_FINISHED: return .finished
        default: return .plain(isNegotiating: unsafe context.pointee.auth.authstate != OTRL_AUTHSTATE_NONE)
        }
    }

    /// Whether a comparison runs, so that the next message may be heavy however short it is.
    var isVerifying: Bool {
        guard let context = unsafe best, let comparison = unsafe context.pointee.smstate else { return false }
        return unsafe comparison.pointee.nextExpected != OTRL_SMP_EXPECT1
    }

    /// Bytes of messages of which not all fragments have come.
    var bufferedLength: Int {
        var length = 0
        unsafe forEachContext { context in
            length += unsafe context.pointee.context_priv.map { unsafe Int($0.pointee.fragment_len) } ?? 0
        }
        return length
    }

    /// How many programs of the other end libotr remembers. They cannot be forgotten one by one: libotr 4.1.1 keeps
    /// pointers to what it frees.
    var contextCount: Int {
        var count = 0
        unsafe forEachContext { _ in count += 1 }
        return count
    }

    var isPrivate: Bool { state == .encrypted }

    /// The context that libotr would choose: private rather than not, then the one heard from last.
    var best: UnsafeMutablePointer<ConnContext>? {
        unsafe otrl_context_find(
            user.raw, peer, account, OTREngine.network, otrl_instag_t(OTRL_INSTAG_BEST), 0, nil, nil, nil)
    }

    /// The context of the program that was heard last; libotr's best, which it tells by seconds alone, where none was.
    var latest: UnsafeMutablePointer<ConnContext>? {
        var latest: UnsafeMutablePointer<ConnContext>?
        unsafe forEachContext { context in
            if unsafe context.pointee.their_instance == outbox.latest { unsafe latest = unsafe context }
        }
        return unsafe latest ?? best
    }

    /// The key of whoever was heard last in private.
    var shownKey: Fingerprint? {
        guard let latest = unsafe latest, unsafe latest.pointee.msgstate == OTRL_MSGSTATE_ENCRYPTED else { return nil }
        return unsafe latest.key
    }

    /// A private context whose other end has shown `key`: the one that was heard last, or else libotr's best.
    func context(of key: Fingerprint) -> UnsafeMutablePointer<ConnContext>? {
        if let latest = unsafe latest, unsafe latest.isPrivate(with: key) { return unsafe latest }
        if let best = unsafe best, unsafe best.isPrivate(with: key) { return unsafe best }
        var found: UnsafeMutablePointer<ConnContext>?
        unsafe forEachContext { context in
            if unsafe context.isPrivate(with: key) { unsafe found = unsafe context }
        }
        return unsafe found
    }

    func forEachContext(_ body: (UnsafeMutablePointer<ConnContext>) -> Void) {
        var next = unsafe user.raw.pointee.context_root
        while let context = unsafe next {
            unsafe body(context)
            unsafe next = unsafe context.pointee.next
        }
    }
}
