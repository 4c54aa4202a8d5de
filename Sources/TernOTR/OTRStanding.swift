// Owns the judgement of what libotr reports: what is shown, what failed, and what the other end's key is worth.
// It must not call libotr.

internal import COTR
internal import TernCore
internal import TernXML

/// Where a conversation stands with the other end.
struct OTRStanding {
    /// The other end.
    let peer: JID
    /// The key that is accepted for it, and how far it is trusted.
    var key: Fingerprint?
    var trust = Trust.undecided
    /// Keys of the other end's other programs, accepted or distrusted.
    var others: [Fingerprint: Trust] = [:]
    var phase = Phase.fresh
    /// The other end waits for our answer to a comparison.
    var isAsked = false
    /// Comparisons that have failed.
    var limit = VerificationLimit()
    /// The other end begins another comparison although too many have failed: it is to be given up.
    private(set) var refusesVerification = false
    var hasInvited = false
    /// Something that depends on the secret has been sent: the other end may know by now whether it has guessed it.
    var hasShown = false
    /// Extra keys that were announced to us and that nobody has taken.
    var extraKeys: [ExtraKey] = []
    private static let mostExtraKeys = 16

    init(peer: JID) {
        self.peer = peer
    }

    /// Whether `call` fits where the conversation stands.
    func check(_ call: OTRCall, at now: Timestamp) throws(SessionError) {
        switch call {
        case .encrypt, .verify, .abortVerification, .extraKey:
            guard phase == .established else { throw phase == .ended ? .ended : .noSession }
        case .invite, .receive, .poll, .end: break
        }
        if case .verify(_, _, isAnswer: true) = call, !isAsked { throw .misuse }
        if case .verify = call, !limit.allows(at: now) { throw .limitExceeded }
    }

    /// Turns a report into the last step of `ticket`.
    mutating func judge(_ report: OTRReport, of call: OTRCall, _ ticket: Ticket, at now: Timestamp) -> Step {
        refusesVerification = false
        var step = Step(ticket, outbound: report.messages.map { message($0) })
        for notice in report.notices { judge(notice, into: &step, at: now) }
        switch call {
        case .invite: hasInvited = true
        case .end: (hasInvited, isAsked) = (false, false)
        case .verify, .abortVerification: isAsked = false
        case .encrypt, .receive, .extraKey, .poll: break
        }
        if report.hasEnded {
            step.events.append(.endedByPeer)
            (hasInvited, isAsked) = (false, false)
        }
        if report.isWeak {
            step.failure = .malformed
        } else if case .receive = call {
            if report.isUndecipherable { step.failure = .unauthentic }
            if report.isOtherVersion { step.failure = .unsupported }
            let hasDecrypted = step.plaintext != nil || step.failure != nil
            if report.isOrdinary, !hasDecrypted { unencrypted(&step) }
        }
        phase = phase(after: report.state, endedByUs: { if case .end = call { true } else { false } }())
        return step
    }

    private func phase(after state: OTRReport.State, endedByUs: Bool) -> Phase {
        switch state {
        case .encrypted: .established
        case .plain(isNegotiating: true): .negotiating
        case .finished, .plain:
            if hasInvited {
                .negotiating
            } else if endedByUs || state == .finished || phase == .ended {
                .ended
            } else {
                .fresh
            }
        }
    }

    private mutating func judge(_ notice: Outbox.Notice, into step: inout Step, at now: Timestamp) {
        switch notice {
        case .secure(let key): secure(key, .established(key), &step)
        case .refreshed(let key): secure(key, .refreshed(key), &step)
        case .decrypted(let text, let key):
            guard turn(to: key) else { return step.failure = .untrusted }
            guard let text else { return step.failure = .malformed }
            step.plaintext = Plaintext(.text(text), by: .init(peer.bare, key: key, trust: trust))
        case .message(let event): judge(event, &step)
        case .verification(let event, let percent, let question, let key, let peerProved):
            judge(event, percent, question, key, peerProved, &step, at: now)
        case .extraKey(let extra, let key):
            guard turn(to: key) else { return step.failure = .untrusted }
            extraKeys = (extraKeys + [extra]).suffix(OTRStanding.mostExtraKeys)
            step.events.append(.extraKey(use: extra.use, data: extra.data))
        }
    }

    /// The first key is accepted; another one is not, and until it is nothing passes.
    private mutating func secure(_ shown: Fingerprint, _ event: Event, _ step: inout Step) {
        hasInvited = false
        let isRefused = key == nil ? others[shown] == .distrusted : !turn(to: shown)
        if isRefused || others[shown] == .distrusted {
            step.events.append(.keyChanged(accepted: key ?? shown, now: shown))
        } else {
            if key == nil { (key, trust) = (shown, .firstUse) }
            step.events.append(event)
        }
    }

    /// Speaks to the owner of `shown` from now on, if that key is accepted.
    @discardableResult
    mutating func turn(to shown: Fingerprint) -> Bool {
        guard shown != key else { return true }
        guard let known = others[shown], known != .distrusted else { return false }
        if let key { others[key] = trust }
        others[shown] = nil
        (key, trust) = (shown, known)
        return true
    }

    private func judge(_ event: OtrlMessageEvent, _ step: inout Step) {
        switch event {
        case OTRL_MSGEVENT_RCVDMSG_UNENCRYPTED: unencrypted(&step)
        case OTRL_MSGEVENT_RCVDMSG_NOT_IN_PRIVATE: step.failure = .noSession
        case OTRL_MSGEVENT_RCVDMSG_UNREADABLE, OTRL_MSGEVENT_SETUP_ERROR, OTRL_MSGEVENT_MSG_REFLECTED:
            step.failure = .unauthentic
        case OTRL_MSGEVENT_RCVDMSG_MALFORMED: step.failure = .malformed
        case OTRL_MSGEVENT_RCVDMSG_UNRECOGNIZED: step.failure = .unsupported
        case OTRL_MSGEVENT_RCVDMSG_GENERAL_ERR: step.events.append(.peerReportedError)
        case OTRL_MSGEVENT_RCVDMSG_FOR_OTHER_INSTANCE:
            step.events.append(.forOtherInstance)
            step.failure = .notForThisDevice
        default: break  // heartbeats, and events of sending that is not done through libotr
        }
    }

    private func unencrypted(_ step: inout Step) {
        guard step.failure == nil else { return }
        step.events.append(.unencrypted)
        step.failure = .unauthentic
    }

    private mutating func judge(
        _ event: OtrlSMPEvent, _ percent: Int, _ question: String?, _ shown: Fingerprint?, _ peerProved: Bool,
        _ step: inout Step, at now: Timestamp
    ) {
        isAsked = false
        switch event {
        case OTRL_SMPEVENT_ASK_FOR_SECRET, OTRL_SMPEVENT_ASK_FOR_ANSWER:
            guard limit.allows(at: now) else {
                refusesVerification = true
                return step.events.append(.verification(.aborted))
            }
            isAsked = true
            step.events.append(.verification(.asked(question: question)))
        case OTRL_SMPEVENT_IN_PROGRESS:
            hasShown = true
            step.events.append(.verification(.progressed(percent)))
        case OTRL_SMPEVENT_SUCCESS:
            hasShown = false
            guard let shown else { return }
            if peerProved, turn(to: shown) { trust = .verified }
            step.events.append(.verification(.succeeded(shown, peerProved: peerProved)))
        case OTRL_SMPEVENT_FAILURE:
            hasShown = false
            limit.note(failureAt: now)
            step.events.append(.verification(.failed))
        case OTRL_SMPEVENT_ABORT, OTRL_SMPEVENT_CHEATED, OTRL_SMPEVENT_ERROR:
            // who gives up then has guessed wrong
            if hasShown { limit.note(failureAt: now) }
            hasShown = false
            step.events.append(.verification(.aborted))
        default: break
        }
    }

    /// XEP-0364 §4: OTR goes to one resource, and no copy of it is of use to anybody.
    func message(_ body: String) -> Outbound {
        Outbound(to: .chat(peer), .body(body), companions: OTRStanding.companions)
    }

    private static let companions = [
        Element("no-copy", namespace: "urn:xmpp:hints"),
        Element("no-permanent-store", namespace: "urn:xmpp:hints"),
        Element("private", namespace: "urn:xmpp:carbons:2"),
        Element("encryption", namespace: "urn:xmpp:eme:0", attributes: ["namespace": "urn:xmpp:otr:0"]),
    ]
}
