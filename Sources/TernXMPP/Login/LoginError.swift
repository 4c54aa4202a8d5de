// Owns why a login is refused, by the server or by us. Numbers and registered names only: no secret, no address.

/// Why nobody is logged in.
public enum LoginError: Error, Hashable, Sendable {
    /// No mechanism that the server offers is allowed here.
    case noMechanism
    /// The server offers nothing as strong as what was used before: somebody may have taken it away.
    case downgraded
    /// A number of rounds that protects nothing, or that would hold this machine up.
    case iterations(Int)
    /// The server did not prove that it knows the password.
    case serverUnproven
    /// What the server offered is not what we were shown (XEP-0474).
    case offerChanged
    /// What the server says is no SCRAM.
    case malformed
    /// The server refuses; the condition of RFC 6120 §6.5, such as `not-authorized`.
    case refused(condition: String)
    /// The kept keys are for another salt, another number of rounds or another hash: the password is needed again.
    case passwordNeeded
}
