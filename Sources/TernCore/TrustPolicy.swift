// Owns what is done with a key that nobody has seen before. It must not know who asks, or where the answer is kept.

/// What becomes of a new key. A key that takes another's place is never accepted by a policy.
public enum TrustPolicy: String, Hashable, Sendable, CaseIterable {
    /// A person decides about each.
    case manual
    /// Accepted until a key of its account has been verified; from then on a person decides (blind trust before
    /// verification).
    case blind
    /// Accepted.
    case firstUse = "first-use"
}
