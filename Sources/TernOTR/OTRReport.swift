// Owns what one call into libotr gave, before anybody has judged it.

internal import COTR
internal import TernCore

/// The outcome of one call into libotr. It may go from thread to thread.
struct OTRReport: Sendable {
    /// To be sent, in this order.
    var messages: [String]
    /// What libotr said, in this order.
    var notices: [Outbox.Notice]
    /// The state afterwards.
    var state: State
    /// Whether this call ended a private conversation.
    let hasEnded: Bool
    /// The key that was announced.
    var extraKey: ExtraKey?
    /// The message was not OTR's business.
    var isOrdinary = false
    /// A data message that libotr dropped without a word.
    var isUndecipherable = false
    /// A message of a version that is not spoken.
    var isOtherVersion = false

    /// The other end announced a key that everybody would know, and was left.
    var isWeak = false

    /// How far libotr says that the conversation has come.
    enum State: Equatable, Sendable {
        case plain(isNegotiating: Bool)
        case encrypted
        case finished
    }

    /// Whether the other end broke the rules of a comparison.
    var hasBrokenVerification: Bool {
        notices.contains { notice in
            guard case .verification(let event, _, _, _, _) = notice else { return false }
            return event == OTRL_SMPEVENT_ERROR || event == OTRL_SMPEVENT_CHEATED
        }
    }

    /// The end of a conversation that has announced weak keys: nothing that came with them counts.
    func withoutContent() -> OTRReport {
        var bare = self
        (bare.messages, bare.notices, bare.isWeak) = ([], [], true)
        return bare
    }

    /// This report, and after it that of another call.
    func followed(by later: OTRReport) -> OTRReport {
        var both = self
        both.messages += later.messages
        both.notices += later.notices
        both.state = later.state
        return both
    }
}
