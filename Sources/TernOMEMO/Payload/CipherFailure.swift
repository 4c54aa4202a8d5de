// Owns what the ciphers' failures are called behind `Session`. It must not know where they come from.

internal import TernCore
internal import TernCrypto

extension SessionError {
    /// Puts the ciphers' failures into every scheme's terms.
    init(_ error: CryptoError) {
        switch error {
        case .unauthentic, .changedBetweenReads: self = .unauthentic
        case .wrongLength, .malformedCiphertext, .malformedText: self = .malformed
        case .lowOrderPublicKey, .nonCanonicalPublicKey, .invalidPublicKey: self = .malformed
        case .limitExceeded: self = .limitExceeded
        case .libgcryptInUse: self = .backendMissing
        case .backend(let code): self = .backend(code: code)
        }
    }
}
