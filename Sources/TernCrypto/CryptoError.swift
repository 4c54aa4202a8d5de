// Owns the ways in which a cryptographic operation can fail. Numbers only: nothing secret and nobody's name.

/// Why a cryptographic operation gave no result.
public enum CryptoError: Error, Equatable, Sendable {
    /// A key, tag, nonce or text is not of the length that its algorithm asks for.
    case wrongLength(Int)
    /// The public key has small order: a shared secret with it would be known to everybody (RFC 7748 §6.1).
    case lowOrderPublicKey
    /// The public key is not the one encoding of its value; see ``X25519PublicKey`` for the rule.
    case nonCanonicalPublicKey
    /// The public key is not a point of the curve that its algorithm works on.
    case invalidPublicKey
    /// A signature, message code or tag does not fit. No plaintext exists.
    case unauthentic
    /// A block cipher's text is empty, no multiple of the block, or wrongly padded.
    case malformedCiphertext
    /// A text is not the one spelling of any bytes.
    case malformedText
    /// More output was asked for than the algorithm can give.
    case limitExceeded
    /// The same bytes read for the second time were others; see ``AESGCM/Opening``.
    case changedBetweenReads
    /// Other code of this process used libgcrypt before libotr was initialised; see ``Libgcrypt``.
    case libgcryptInUse
    /// A library refused for a reason of its own.
    case backend(code: Int)
}
