// Owns what OMEMO 0.3 sends instead of a body: a key alone. It must not know what the key is for.

public import TernCore
public import TernCrypto

/// A key without a payload (XEP-0384 0.3.0 §usecases-keysend): for another protocol, or, thrown away, to move a session on.
public struct KeyTransport: ~Copyable, Sendable {
    /// The key.
    public let key: Secret<16>

    /// Draws a key.
    public init(from entropy: inout some Entropy) {
        key = Secret<16>(from: &entropy)
    }

    /// Reads what came through the ratchet: a key, with or without a tag of nothing behind it.
    /// - Throws: ``TernCore/SessionError/malformed`` for another length.
    public init(_ keyMaterial: borrowing SecretBytes) throws(SessionError) {
        guard keyMaterial.count == 16 || keyMaterial.count == 32 else { throw .malformed }
        do throws(CryptoError) {
            key = try Secret<16>(copying: keyMaterial.span.extracting(first: 16))
        } catch {
            throw SessionError(error)
        }
    }

    /// What goes through the ratchet: the key alone, as python-oldmemo has it. The specification puts a tag behind it, though
    /// there is no text for it to vouch for. In the header stands a fresh initialisation vector of 12 bytes.
    public var keyMaterial: SecretBytes { SecretBytes(copying: key.span) }
}
