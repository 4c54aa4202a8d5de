// Owns what can be asked of a conversation, as a value that can wait in a queue.

internal import TernCore

/// One call to a conversation.
enum OTRCall: Sendable {
    case invite
    case encrypt(String)
    case receive(String)
    case verify(SharedSecret, question: String?, isAnswer: Bool)
    case abortVerification
    case poll
    case end

    /// What the call adds to the queue's size.
    var length: Int {
        switch self {
        case .encrypt(let text), .receive(let text): text.utf8.count
        case .verify(_, let question, _): question?.utf8.count ?? 0
        case .invite, .abortVerification, .poll, .end: 0
        }
    }
}

extension OTREngine {
    /// Carries a call out. `key` is the one accepted for the other end.
    func perform(_ call: OTRCall, for key: Fingerprint?) -> Result<OTRReport, SessionError> {
        switch call {
        case .invite:
            // The text that libotr would send tells our address and where to get a plugin for 2012's programs.
            return .success(OTRReport(messages: [policy.query], notices: [], state: state, hasEnded: false))
        case .encrypt(let text):
            guard let key else { return .failure(.untrusted) }
            return Result { () throws(SessionError) in try encrypt(text, for: key) }
        case .receive(let body):
            return .success(receive(body))
        case .verify(let secret, let question, let isAnswer):
            return .success(verify(secret, question: question, isAnswer: isAnswer))
        case .abortVerification:
            return .success(abortVerification())
        case .poll:
            return .success(poll())
        case .end:
            return .success(end())
        }
    }

    /// Whether a call may take long enough to hold up whoever makes it: a step of the socialist millionaires' protocol
    /// does, and from outside an encrypted message of its length may be one.
    func isHeavy(_ call: OTRCall) -> Bool {
        switch call {
        case .verify: true
        case .receive(let body):
            isVerifying || body.utf8.count + bufferedLength >= OTREngine.shortestVerificationLength
        case .invite, .encrypt, .abortVerification, .poll, .end: false
        }
    }

    /// The same call where nobody waits for it. A comparison that was broken is ended at once, as libotr asks for, and not
    /// inside of its callback.
    consuming func work(_ call: OTRCall, for key: Fingerprint?) -> OTRReturn {
        var outcome = perform(call, for: key)
        if case .success(let report) = outcome, report.hasBrokenVerification {
            outcome = .success(report.followed(by: abortVerification()))
        }
        return OTRReturn(engine: self, outcome: outcome)
    }
}

/// What a job brings back: the conversation, and what came of the call.
struct OTRReturn: ~Copyable, Sendable {
    let engine: OTREngine
    let outcome: Result<OTRReport, SessionError>
}
