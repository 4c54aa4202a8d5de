// Owns the private keys of one device, as far as sessions need them. It must not know where they are stored.

public import TernCrypto
public import TernRatchet

/// The keys that answer a key exchange: the identity and one prekey of each kind.
public final class DeviceKeys: Sendable {
    /// A prekey under its number.
    public struct Numbered: ~Copyable, Sendable {
        /// The number.
        public let id: UInt32
        /// The key.
        public let pair: X25519KeyPair

        /// Puts both together.
        public init(id: UInt32, pair: consuming X25519KeyPair) {
            self.id = id
            self.pair = pair
        }
    }

    /// The identity.
    public let identity: IdentityKeyPair
    /// The signed prekey.
    public let signedPreKey: Numbered
    /// The one-time prekey.
    public let preKey: Numbered

    /// Puts them together.
    public init(identity: consuming IdentityKeyPair, signedPreKey: consuming Numbered, preKey: consuming Numbered) {
        self.identity = identity
        self.signedPreKey = signedPreKey
        self.preKey = preKey
    }
}
