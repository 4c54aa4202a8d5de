// Owns how far a key is trusted. It must not know who decides, or where the decision is kept.

/// How far a key is believed to be its owner's.
public enum Trust: String, Hashable, Sendable, CaseIterable {
    /// Nobody has decided: nothing is encrypted to it.
    case undecided
    /// The first key seen for its owner, accepted without a look (trust on first use).
    case firstUse
    /// Compared by people, or proved with a shared secret.
    case verified
    /// Refused by a person.
    case distrusted
}
