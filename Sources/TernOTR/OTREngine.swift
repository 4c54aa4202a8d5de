// Owns the calls into libotr for one conversation, each of which gives a report. It must not know about steps, jobs or
// queues, nor decide what a report means.

internal import COTR
internal import Glibc
internal import TernCore
internal import TernCrypto

/// One conversation in libotr. It has one owner: where it goes along with a job, nobody else can call it.
struct OTREngine: ~Copyable, @unchecked Sendable {
    /// What libotr calls the protocol; it is part of what its files say.
    static let network = "prpl-jabber"
    /// The shortest message that can carry the shortest step of the socialist millionaires' protocol, the fourth, with
    /// leading zeros in its numbers: 925 bytes without.
    static let shortestVerificationLength = 900

    let user: UserState
    let account: String
    let peer: String
    let policy: OTRPolicy
    let outbox: Outbox

    init(account: BareJID, peer: JID, key: OTRPrivateKey, tag: InstanceTag, policy: OTRPolicy) throws(SessionError) {
        let user = try UserState()
        try user.adopt(key, tag)
        self.policy = policy
        outbox = Outbox(policy)
        self.user = user
        self.account = account.description
        self.peer = peer.description
    }

    /// Hands a received body to libotr.
    func receive(_ body: String) -> OTRReport {
        let wasPrivate = isPrivate
        let type = unsafe otrl_proto_message_type(body)
        let version = unsafe otrl_proto_message_version(body)
        var text: UnsafeMutablePointer<CChar>?
        let isInternal = unsafe otrl_message_receiving(
            user.raw, Outbox.callbacks, opaqueOutbox, account, OTREngine.network, peer, body, &text, nil, nil, nil, nil)
        if let text = unsafe text {
            unsafe explicit_bzero(text, strlen(text))
            unsafe otrl_message_free(text)
        }
        let isWeak = endWithWeakKeys()
        // A message code that fails under the one flag that is outside of it is dropped without a word.
        let isSilent = outbox.notices.isEmpty && outbox.messages.isEmpty
        var report = finish(wasPrivate: wasPrivate)
        if isWeak { return report.withoutContent() }
        report.isOrdinary = isInternal == 0
        if isSilent && isInternal == 1 {
            let isSpoken = policy.versions.contains { Int32($0.rawValue) == version }
            report.isUndecipherable = type == OTRL_MSGTYPE_DATA && isSpoken
            report.isOtherVersion = type == OTRL_MSGTYPE_QUERY || (version > 0 && !isSpoken)
        }
        return report
    }

    /// Encrypts `text` for the owner of `key`.
    ///
    /// `otrl_message_sending` is not used: it takes a text that contains `?OTR?` for a query and does not encrypt it.
    func encrypt(_ text: String, for key: Fingerprint) throws(SessionError) -> OTRReport {
        guard let context = unsafe context(of: key) else { throw .untrusted }
        var message: UnsafeMutablePointer<CChar>?
        try UserState.check(unsafe otrl_proto_create_data(&message, context, text, nil, 0, nil))
        if let message = unsafe message {
            unsafe outbox.messages.append(String(cString: message))
            unsafe otrl_message_free(message)
        }
        unsafe context.pointee.context_priv.pointee.lastsent = time(nil)
        unsafe otrl_context_update_recent_child(context, 1)
        return finish(wasPrivate: true)
    }

    /// Does what time asks for: a key exchange that nobody has ended is forgotten.
    func poll() -> OTRReport {
        finish(wasPrivate: isPrivate)
    }

    /// Begins to compare a secret with the owner of `key`, or answers where the other end has begun.
    func verify(
        _ secret: SharedSecret, question: String?, isAnswer: Bool, for key: Fingerprint
    ) throws(SessionError) -> OTRReport {
        guard let context = unsafe context(of: key) else { throw .untrusted }
        secret.bytes.withSpan { secret in
            unsafe secret.withUnsafeBufferPointer { secret in
                if isAnswer {
                    unsafe otrl_message_respond_smp(
                        user.raw, Outbox.callbacks, opaqueOutbox, context, secret.baseAddress, secret.count)
                } else if let question {
                    unsafe otrl_message_initiate_smp_q(
                        user.raw, Outbox.callbacks, opaqueOutbox, context, question, secret.baseAddress, secret.count)
                } else {
                    unsafe otrl_message_initiate_smp(
                        user.raw, Outbox.callbacks, opaqueOutbox, context, secret.baseAddress, secret.count)
                }
            }
        }
        return finish(wasPrivate: true)
    }

    /// Gives up comparing a secret with whoever was heard last.
    func abortVerification() -> OTRReport {
        if let context = unsafe latest, unsafe context.pointee.msgstate == OTRL_MSGSTATE_ENCRYPTED {
            unsafe otrl_message_abort_smp(user.raw, Outbox.callbacks, opaqueOutbox, context)
        }
        return finish(wasPrivate: true)
    }

    /// Ends the conversation and tells the other end.
    func end() -> OTRReport {
        unsafe otrl_message_disconnect_all_instances(
            user.raw, Outbox.callbacks, opaqueOutbox, account, OTREngine.network, peer)
        return finish(wasPrivate: false)
    }

    /// Gives up messages of which not all fragments have come.
    func forgetFragments() {
        unsafe forEachContext { context in
            guard let hidden = unsafe context.pointee.context_priv else { return }
            unsafe free(hidden.pointee.fragment)
            unsafe hidden.pointee.fragment = nil
            unsafe hidden.pointee.fragment_len = 0
            unsafe hidden.pointee.fragment_n = 0
            unsafe hidden.pointee.fragment_k = 0
        }
    }

    /// What every call ends with.
    func finish(wasPrivate: Bool) -> OTRReport {
        unsafe otrl_message_poll(user.raw, Outbox.callbacks, opaqueOutbox)
        forgetPlaintexts()
        let (messages, notices) = outbox.take()
        let state = state
        return OTRReport(
            messages: messages.flatMap { pieces(of: $0) }, notices: notices, state: state,
            hasEnded: wasPrivate && state == .finished)
    }

    /// libotr keeps the last text it sent, to send it again after a new key exchange if an error message came: whoever can
    /// forge that message and stand in for the other end would get the text. It is wiped instead.
    private func forgetPlaintexts() {
        unsafe forEachContext { context in
            guard let hidden = unsafe context.pointee.context_priv else { return }
            if let text = unsafe hidden.pointee.lastmessage {
                unsafe explicit_bzero(text, strlen(text))
                unsafe gcry_free(text)
            }
            unsafe hidden.pointee.lastmessage = nil
            unsafe hidden.pointee.may_retransmit = 0
        }
    }

    var opaqueOutbox: UnsafeMutableRawPointer {
        unsafe Unmanaged.passUnretained(outbox).toOpaque()
    }
}
