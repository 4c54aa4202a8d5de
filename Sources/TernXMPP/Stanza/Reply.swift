// Owns what comes back for a question (RFC 6120 §8.2.3). It must not know what was asked.

public import TernXML

/// What came of a question.
public enum Reply: Sendable {
    /// An answer.
    case result(Element)
    /// A refusal, by its condition (RFC 6120 §8.3.3), and the condition of the extension that it is about, where one is named.
    case refused(String, also: String?)
    /// Nothing came: the connection was lost, or nobody answered in time.
    case nothing

    /// Whether something is refused to this account, and perhaps not to others. Some servers say it of every node that is not there, to
    /// whoever does not see its owner's presence (Prosody 0.12).
    public var isAboutRights: Bool {
        if case .refused(let condition, _) = self {
            ["forbidden", "not-authorized", "not-allowed"].contains(condition)
        } else {
            false
        }
    }

    /// Reads an `iq` of the type `result` or `error`.
    public init(_ iq: Element) {
        guard iq["type"] == "error" else {
            self = .result(iq)
            return
        }
        let error = iq.first("error") ?? iq
        let other = error.elements.first { $0.namespace != XMPPNamespace.stanzas && $0.name != "text" }?.name
        self = .refused(XMPPStream.condition(of: error, in: XMPPNamespace.stanzas), also: other)
    }
}
