// Owns what a conversation may do by itself: which versions, and what starts a key exchange. It must not know libotr.

/// A version of the protocol.
public enum OTRVersion: UInt8, Hashable, Sendable, Comparable, CaseIterable {
    /// From 2005; without instance tags. profanity up to 0.13 speaks nothing else.
    case v2 = 2
    /// From 2012.
    case v3 = 3

    /// By age.
    public static func < (left: OTRVersion, right: OTRVersion) -> Bool { left.rawValue < right.rawValue }
}

/// What a conversation may do by itself.
public struct OTRPolicy: Hashable, Sendable {
    /// What of the other end's starts a key exchange without anybody's decision.
    public enum Answers: UInt8, Hashable, Sendable, Comparable {
        /// Nothing: it is told as an event, and ``OTRSession/start(at:)`` takes it up. An answer tells a stranger that somebody is
        /// there.
        case nothing
        /// A query.
        case queries
        /// A query, and a tag of spaces and tabs in a message to anybody.
        case tags

        /// By how much they let in.
        public static func < (left: Answers, right: Answers) -> Bool { left.rawValue < right.rawValue }
    }

    /// The versions that are spoken. Which of them, the other end's query says, and nobody vouches for that: an old version
    /// is only for those who have no other.
    public var versions: Set<OTRVersion>
    /// What starts a key exchange by itself.
    public var answers: Answers
    /// The longest message that the network carries, in bytes: longer ones go in pieces. None for any length.
    public private(set) var longestMessage: Int?

    /// The shortest that ``longestMessage`` may be: a piece's head takes 37 bytes.
    public static let shortestPiece = 100

    /// A policy.
    /// - Parameter longestMessage: Raised to ``shortestPiece`` where it is less.
    public init(versions: Set<OTRVersion> = [.v3], answers: Answers, longestMessage: Int? = nil) {
        self.versions = versions
        self.answers = answers
        self.longestMessage = longestMessage.map { max(OTRPolicy.shortestPiece, $0) }
    }

    /// For people whom the account's owner knows.
    public static let known = OTRPolicy(answers: .queries)
    /// For everybody else.
    public static let stranger = OTRPolicy(answers: .nothing)

    /// A query for these versions (OTR 3 §user-requests).
    var query: String {
        let numbers = versions.sorted().map { String($0.rawValue) }.joined()
        return "?OTRv\(numbers)?"
    }
}
