// Owns the closed list of ways in which a case may expect a refusal. It must not know which operation refuses.

internal import TernCrypto

/// How an operation is expected to fail. Files name these; a name that is not here fails the run.
public enum ErrorClass: String, Sendable, CaseIterable {
    /// A signature, code or tag does not fit: somebody else wrote it, or it was changed on the way.
    case unauthentic
    /// Bytes that the operation's format does not have: a wrong length, a key that is none, wrong padding.
    case malformed
    /// The message was decrypted before.
    case duplicate
    /// The message is further ahead than the bound on skipped messages.
    case tooFarAhead
    /// The key of the other side is not trusted.
    case untrusted
    /// There is no session to decrypt with.
    case noSession
    /// The message has no key for this device.
    case notForThisDevice
    /// A version that is not spoken.
    case unsupported
    /// More was asked for than the algorithm can give.
    case limitExceeded

    /// The class of a cryptographic error; nil for what no input should cause.
    init?(_ error: CryptoError) {
        switch error {
        case .unauthentic: self = .unauthentic
        case .wrongLength, .malformedText, .lowOrderPublicKey, .nonCanonicalPublicKey, .invalidPublicKey,
            .malformedCiphertext:
            self = .malformed
        case .limitExceeded: self = .limitExceeded
        case .changedBetweenReads, .libgcryptInUse, .backend: return nil
        }
    }
}
