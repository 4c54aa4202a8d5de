// Owns what a message carries that says nothing, in both versions. It must not know why it is sent.

internal import TernCore
internal import TernCrypto

/// Key material without a payload: it moves a session on.
struct EmptyContent: ~Copyable {
    /// What goes through the ratchet.
    let keyMaterial: SecretBytes
    /// OMEMO 0.3 has an initialisation vector even so.
    let iv: [UInt8]

    /// Fresh content.
    init(_ version: Version, _ entropy: inout some Entropy) {
        switch version {
        case .v03:
            keyMaterial = KeyTransport(from: &entropy).keyMaterial
            iv = entropy.bytes(12)
        case .v2:
            iv = []
            keyMaterial = EmptyMessage.keyMaterial
        }
    }

    /// Checks what came through the ratchet of a message without a payload.
    /// - Throws: ``TernCore/SessionError/malformed`` for another length.
    static func check(_ keyMaterial: borrowing SecretBytes, _ version: Version) throws(SessionError) {
        switch version {
        case .v03: _ = try KeyTransport(keyMaterial)
        case .v2: try EmptyMessage.check(keyMaterial)
        }
    }
}
