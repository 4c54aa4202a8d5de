// Owns what can be asked of a conversation, as a value that can wait in a queue.

internal import TernCore

/// One call to a conversation.
enum OTRCall: Sendable {
    case invite
    case encrypt(String)
    case receive(String)
    case verify(SharedSecret, question: String?, isAnswer: Bool)
    case abortVerification
    case extraKey(use: UInt32, data: [UInt8])
    case poll
    case end

    /// What the call adds to the queue's size.
    var length: Int {
        switch self {
        case .encrypt(let text), .receive(let text): text.utf8.count
        case .verify(_, let question, _): question?.utf8.count ?? 0
        case .extraKey(_, let data): data.count
        case .invite, .abortVerification, .poll, .end: 0
        }
    }
}

extension OTREngine {
    /// Carries a call out, at the host's time. `key` is the one accepted for the other end.
    func perform(_ call: OTRCall, for key: Fingerprint?, at now: Timestamp) -> Result<OTRReport, SessionError> {
        let ahead = clockAhead(of: now)
        moveTimes(by: ahead)
        defer { moveTimes(by: -ahead) }
        return Result { () throws(SessionError) in try perform(call, for: key) }
    }

    private func perform(_ call: OTRCall, for key: Fingerprint?) throws(SessionError) -> OTRReport {
        switch call {
        case .invite:
            // The text that libotr would send tells our address and where to get a plugin for 2012's programs.
            return OTRReport(messages: [policy.query], notices: [], state: state, hasEnded: false)
        case .receive(let body): return receive(body)
        case .abortVerification: return abortVerification()
        case .poll: return poll()
        case .end: return end()
        case .encrypt, .verify, .extraKey: break
        }
        guard let key else { throw .untrusted }
        switch call {
        case .encrypt(let text): return try encrypt(text, for: key)
        case .verify(let secret, let question, let isAnswer):
            return try verify(secret, question: question, isAnswer: isAnswer, for: key)
        case .extraKey(let use, let data): return try announceExtraKey(use: use, data: data, for: key)
        case .invite, .receive, .abortVerification, .poll, .end: throw .misuse
        }
    }

    /// Whether a call may take long enough to hold up whoever makes it: a step of the socialist millionaires' protocol
    /// does, and from outside an encrypted message of its length may be one.
    func isHeavy(_ call: OTRCall) -> Bool {
        switch call {
        case .verify: true
        case .receive(let body):
            isVerifying || body.utf8.count + bufferedLength >= OTREngine.shortestVerificationLength
        case .invite, .encrypt, .abortVerification, .extraKey, .poll, .end: false
        }
    }

    /// The same call where nobody waits for it. A comparison that was broken is ended at once, as libotr asks for, and not
    /// inside of its callback.
    consuming func work(_ call: OTRCall, for key: Fingerprint?, at now: Timestamp) -> OTRReturn {
        var outcome = perform(call, for: key, at: now)
        if case .success(let report) = outcome, report.hasBrokenVerification,
            case .success(let end) = perform(.abortVerification, for: key, at: now)
        {
            outcome = .success(report.followed(by: end))
        }
        return OTRReturn(engine: self, outcome: outcome)
    }
}

/// What a job brings back: the conversation, and what came of the call.
struct OTRReturn: ~Copyable, Sendable {
    let engine: OTREngine
    let outcome: Result<OTRReport, SessionError>
}
