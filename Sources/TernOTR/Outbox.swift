// Owns what libotr's callbacks say. They put it here and decide nothing: libotr calls back in the middle of its work,
// where to call it again would be to use what it is about to free (CVE-2015-8833).

internal import COTR
internal import Glibc
internal import TernCore
internal import TernCrypto

/// What libotr had to say during one call.
final class Outbox {
    /// One thing that it said.
    enum Notice: Sendable {
        /// The conversation is private now, with the owner of this key.
        case secure(Fingerprint)
        /// New session keys with the same owner.
        case refreshed(Fingerprint)
        /// A message was decrypted and its code has checked.
        case decrypted(text: String?, by: Fingerprint)
        /// About a message that was received.
        case message(OtrlMessageEvent)
        /// About the socialist millionaires' protocol.
        case verification(OtrlSMPEvent, percent: Int, question: String?, key: Fingerprint?, peerProved: Bool)
        /// The other end announced an extra key.
        case extraKey(ExtraKey, by: Fingerprint)
    }

    var messages: [String] = []
    var notices: [Notice] = []
    /// The program of the other end that was heard last, as one that speaks privately.
    private(set) var latest: otrl_instag_t?
    /// What libotr may speak and do.
    private let policy: OtrlPolicy
    /// What it cuts its messages to; 0 for any length.
    private let longestMessage: Int32

    init(_ policy: OTRPolicy) {
        var bits = policy.answers >= .tags ? OTRL_POLICY_WHITESPACE_START_AKE : 0
        if policy.versions.contains(.v2) { bits |= OTRL_POLICY_ALLOW_V2 }
        if policy.versions.contains(.v3) { bits |= OTRL_POLICY_ALLOW_V3 }
        // never ERROR_START_AKE: an error message, which anybody can forge, starts nothing
        self.policy = OtrlPolicy(bits)
        longestMessage = Int32(clamping: policy.longestMessage ?? 0)
    }

    private func note(_ notice: Notice, of context: UnsafeMutablePointer<ConnContext>?) {
        notices.append(notice)
        unsafe latest = context?.pointee.their_instance
    }

    /// Gives what was said since the last time.
    func take() -> (messages: [String], notices: [Notice]) {
        defer { (messages, notices) = ([], []) }
        return (messages, notices)
    }

    private static func of(_ pointer: UnsafeMutableRawPointer?) -> Outbox? {
        unsafe pointer.map { unsafe Unmanaged<Outbox>.fromOpaque($0).takeUnretainedValue() }
    }

    /// The table of callbacks, made once.
    nonisolated(unsafe) static let callbacks: UnsafePointer<OtrlMessageAppOps> = {
        var table = OtrlMessageAppOps()
        unsafe table.policy = { outbox, _ in unsafe Outbox.of(outbox)?.policy ?? OtrlPolicy(OTRL_POLICY_NEVER) }
        unsafe table.max_message_size = { outbox, _ in unsafe Outbox.of(outbox)?.longestMessage ?? 0 }
        // Heartbeats and the notice of an end are given to the host, who knows better.
        unsafe table.is_logged_in = { _, _, _, _ in 1 }
        unsafe table.inject_message = { outbox, _, _, _, message in
            guard let message = unsafe message else { return }
            unsafe Outbox.of(outbox)?.messages.append(String(cString: message))
        }
        unsafe table.gone_secure = { outbox, context in
            guard let key = unsafe context?.key else { return }
            unsafe Outbox.of(outbox)?.note(.secure(key), of: context)
        }
        unsafe table.still_secure = { outbox, context, _ in
            guard let key = unsafe context?.key else { return }
            unsafe Outbox.of(outbox)?.note(.refreshed(key), of: context)
        }
        unsafe table.handle_msg_event = { outbox, event, _, _, _ in
            unsafe Outbox.of(outbox)?.notices.append(.message(event))
        }
        unsafe table.handle_smp_event = { outbox, event, context, percent, question in
            let question = unsafe question.map { unsafe String(cString: $0) }
            let peerProved = unsafe context?.pointee.smstate.pointee.received_question == 0
            unsafe Outbox.of(outbox)?.note(
                .verification(
                    event, percent: Int(percent), question: question, key: context?.key, peerProved: peerProved),
                of: context)
        }
        unsafe table.received_symkey = { outbox, context, use, data, length, secret in
            guard let key = unsafe context?.key, let secret = unsafe secret, length <= ExtraKey.dataLimit else {
                return
            }
            let data = unsafe Array(UnsafeBufferPointer(start: data, count: length))
            let bytes = unsafe UnsafeBufferPointer(start: secret, count: Int(OTRL_EXTRAKEY_BYTES))
            let extra = ExtraKey(
                use: use, data: data, secret: unsafe SecretBytes(copying: Span(_unsafeElements: bytes)))
            unsafe Outbox.of(outbox)?.note(.extraKey(extra, by: key), of: context)
        }
        // This is called for messages that were decrypted and for no others: what libotr returns may also be a plaintext
        // from which it has cut a whitespace tag.
        unsafe table.convert_msg = { outbox, context, direction, _, text in
            guard direction == OTRL_CONVERT_RECEIVING, let key = unsafe context?.key, let text = unsafe text else {
                return
            }
            unsafe Outbox.of(outbox)?.note(.decrypted(text: String(validatingCString: text), by: key), of: context)
        }
        let place = UnsafeMutablePointer<OtrlMessageAppOps>.allocate(capacity: 1)
        unsafe place.initialize(to: table)
        return unsafe UnsafePointer(place)
    }()
}

extension UnsafeMutablePointer<ConnContext> {
    /// Whether what is encrypted here is for the owner of `key`.
    func isPrivate(with key: Fingerprint) -> Bool {
        guard unsafe pointee.msgstate == OTRL_MSGSTATE_ENCRYPTED, let active = unsafe pointee.active_fingerprint,
            let shown = unsafe active.pointee.fingerprint, key.bytes.count == 20
        else { return false }
        return unsafe memcmp(shown, key.bytes, 20) == 0
    }

    /// The other end's key in this context.
    var key: Fingerprint? {
        guard let active = unsafe pointee.active_fingerprint, let bytes = unsafe active.pointee.fingerprint else {
            return nil
        }
        return try? Fingerprint((0..<20).map { unsafe bytes[$0] })
    }
}
