// Owns a conversation through plain libotr, both ends in one process, as a client drives it: what Tern's OTR is measured against. It
// must not know Tern's.

internal import COTR
internal import Glibc
internal import TernCrypto

/// Two ends over libotr alone.
@safe
final class RawOTR {
    /// An end, its messages that wait, what it has read.
    @safe
    fileprivate final class End {
        let user: OtrlUserState?
        let name: String
        let peer: String
        var outbox: [String] = []
        var texts = 0
        var isAsked = false
        var hasSucceeded = false

        init(_ name: String, _ peer: String, keys: UnsafeMutablePointer<FILE>?) {
            (self.name, self.peer) = (name, peer)
            unsafe user = otrl_userstate_create()
            unsafe rewind(keys)
            unsafe otrl_privkey_read_FILEp(user, keys)
            let tags = unsafe tmpfile()
            unsafe otrl_instag_generate_FILEp(user, tags, name, RawOTR.network)
            unsafe fclose(tags)
        }

        deinit { unsafe otrl_userstate_free(user) }

        var opaque: UnsafeMutableRawPointer { unsafe Unmanaged.passUnretained(self).toOpaque() }

        var context: UnsafeMutablePointer<ConnContext>? {
            unsafe otrl_context_find(
                user, peer, name, RawOTR.network, otrl_instag_t(OTRL_INSTAG_BEST), 0, nil, nil, nil)
        }
    }

    private static let network = "prpl-jabber"
    private let alice: End
    private let bob: End

    /// Ends with keys that are made once.
    init() {
        let keys = unsafe RawOTR.keys
        alice = unsafe End("alice@example.org", "bob@example.org/x", keys: keys)
        bob = unsafe End("bob@example.org", "alice@example.org/x", keys: keys)
    }

    /// A key for each end, in one file.
    nonisolated(unsafe) private static let keys: UnsafeMutablePointer<FILE>? = {
        try? Libgcrypt.start()
        let user = unsafe otrl_userstate_create()
        let file = unsafe tmpfile()
        for name in ["alice@example.org", "bob@example.org"] {
            unsafe rewind(file)
            unsafe otrl_privkey_generate_FILEp(user, file, name, network)
        }
        unsafe otrl_userstate_free(user)
        return unsafe file
    }()

    /// From the query to keys at both ends.
    func exchange() {
        deliver("?OTRv3?", to: bob)
        settle()
    }

    func say(_ text: String, fromAlice: Bool) {
        let (one, other) = fromAlice ? (alice, bob) : (bob, alice)
        var message: UnsafeMutablePointer<CChar>?
        unsafe otrl_message_sending(
            one.user, RawOTR.table, one.opaque, one.name, RawOTR.network, one.peer,
            otrl_instag_t(OTRL_INSTAG_BEST), text, nil, &message, OTRL_FRAGMENT_SEND_SKIP, nil, nil, nil)
        guard let sent = unsafe message else { return }
        let body = unsafe String(cString: sent)
        unsafe otrl_message_free(sent)
        deliver(body, to: other)
    }

    /// A whole comparison of a secret that both know.
    func compare(_ secret: [UInt8]) {
        unsafe otrl_message_initiate_smp(alice.user, RawOTR.table, alice.opaque, alice.context, secret, secret.count)
        settle()
        if bob.isAsked {
            unsafe otrl_message_respond_smp(bob.user, RawOTR.table, bob.opaque, bob.context, secret, secret.count)
        }
        settle()
    }

    /// Whether everything went as it should.
    var reads: Int { alice.texts + bob.texts }
    var isVerified: Bool { alice.hasSucceeded && bob.hasSucceeded }

    private func settle() {
        while !alice.outbox.isEmpty || !bob.outbox.isEmpty {
            for (one, other) in [(alice, bob), (bob, alice)] {
                let waiting = one.outbox
                one.outbox = []
                for body in waiting { deliver(body, to: other) }
            }
        }
    }

    private func deliver(_ body: String, to end: End) {
        var text: UnsafeMutablePointer<CChar>?
        unsafe otrl_message_receiving(
            end.user, RawOTR.table, end.opaque, end.name, RawOTR.network, end.peer, body, &text, nil, nil, nil, nil)
        if let text = unsafe text {
            if unsafe !String(cString: text).isEmpty { end.texts += 1 }
            unsafe otrl_message_free(text)
        }
    }

    private static func end(_ data: UnsafeMutableRawPointer?) -> End? {
        unsafe data.map { unsafe Unmanaged<End>.fromOpaque($0).takeUnretainedValue() }
    }

    nonisolated(unsafe) private static let table: UnsafePointer<OtrlMessageAppOps> = {
        var table = OtrlMessageAppOps()
        unsafe table.policy = { _, _ in OtrlPolicy(OTRL_POLICY_ALLOW_V3) }
        unsafe table.is_logged_in = { _, _, _, _ in 1 }
        unsafe table.inject_message = { data, _, _, _, message in
            guard let message = unsafe message else { return }
            unsafe RawOTR.end(data)?.outbox.append(String(cString: message))
        }
        unsafe table.handle_smp_event = { data, event, _, _, _ in
            let end = unsafe RawOTR.end(data)
            if event == OTRL_SMPEVENT_ASK_FOR_SECRET { end?.isAsked = true }
            if event == OTRL_SMPEVENT_SUCCESS { end?.hasSucceeded = true }
        }
        unsafe table.handle_msg_event = { _, _, _, _, _ in }
        let place = UnsafeMutablePointer<OtrlMessageAppOps>.allocate(capacity: 1)
        unsafe place.initialize(to: table)
        return unsafe UnsafePointer(place)
    }()
}
