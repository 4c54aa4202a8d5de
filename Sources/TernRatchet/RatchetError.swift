// Owns the ways in which a key agreement or a message can fail. Numbers only.

internal import TernCrypto

/// Why a message or a key agreement was refused. Nothing has changed when one of these is thrown.
public enum RatchetError: Error, Equatable, Sendable {
    /// The tag, the padding or a signature does not fit.
    case unauthentic
    /// The message was decrypted before.
    case duplicate
    /// The message may have been decrypted before, or its key was given up: its chain has ended for that index.
    case forgotten
    /// The message is this many steps ahead of what has arrived; see ``Limits/stepsPerMessage``.
    case tooFarAhead(UInt32)
    /// A length that the cipher or the protocol does not have.
    case malformed
    /// A public key that no honest device has.
    case invalidKey
    /// The side that answers a key exchange cannot send before it has received.
    case tooEarly
    /// 2^32 - 1 messages were sent in one chain.
    case chainExhausted
    /// Stored bytes that are no record, or not of this session.
    case malformedRecord
    /// A record of a later version.
    case unsupportedRecord(version: UInt8)
    /// A library refused for a reason of its own.
    case backend(code: Int)

    /// Puts a cryptographic failure into the ratchet's terms.
    init(_ error: CryptoError) {
        switch error {
        case .unauthentic, .malformedCiphertext: self = .unauthentic
        case .lowOrderPublicKey, .nonCanonicalPublicKey, .invalidPublicKey: self = .invalidKey
        case .wrongLength, .limitExceeded, .malformedText: self = .malformed
        case .changedBetweenReads, .libgcryptInUse: self = .backend(code: -1)
        case .backend(let code): self = .backend(code: code)
        }
    }
}
