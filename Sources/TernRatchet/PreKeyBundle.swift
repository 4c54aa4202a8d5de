// Owns what a session is started from: another device's public keys, before and after their signature was checked.
// It must not know how a bundle is published.

public import TernCrypto

/// A signed prekey whose signature has been checked. Checked once, when a bundle arrives, not at each session.
public struct SignedPreKey: Sendable, Hashable {
    /// The number under which its owner keeps the private half.
    public let id: UInt32
    /// The key.
    public let key: X25519PublicKey
    /// The identity key that signed it.
    public let identity: IdentityPublicKey

    /// - Throws: ``RatchetError/unauthentic`` when `signature` is not `identity`'s signature of the encoded key.
    public init(
        id: UInt32, key: X25519PublicKey, signature: Span<UInt8>, identity: IdentityPublicKey, suite: Suite
    ) throws(RatchetError) {
        try identity.verify(signature, of: suite.encode(key).span, suite: suite)
        self.id = id
        self.key = key
        self.identity = identity
    }

    /// Trusts what was stored: the signature was checked before.
    package init(trusting id: UInt32, key: X25519PublicKey, identity: IdentityPublicKey) {
        self.id = id
        self.key = key
        self.identity = identity
    }
}

/// A one-time prekey.
public struct PreKey: Sendable, Hashable {
    /// The number under which its owner keeps the private half.
    public let id: UInt32
    /// The key.
    public let key: X25519PublicKey

    /// Puts both together.
    public init(id: UInt32, key: X25519PublicKey) {
        self.id = id
        self.key = key
    }
}
