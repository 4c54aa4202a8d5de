// Owns what OMEMO 2 sends instead of an envelope: nothing. It must not know why.

public import TernCore
public import TernCrypto

/// A message of OMEMO 2 that says nothing and moves a session on: 32 zero bytes, where others have key and tag, and no
/// payload (XEP-0384 §usecases-messagesend).
public enum EmptyMessage {
    /// What goes through the ratchet.
    public static var keyMaterial: SecretBytes { SecretBytes(count: length) }

    /// Checks what came through the ratchet of a message without a payload.
    /// - Throws: ``TernCore/SessionError/malformed`` for anything but 32 zero bytes.
    public static func check(_ keyMaterial: borrowing SecretBytes) throws(SessionError) {
        guard keyMaterial.count == length, Memory.isZero(keyMaterial.span) else { throw .malformed }
    }

    private static let length = 32
}
