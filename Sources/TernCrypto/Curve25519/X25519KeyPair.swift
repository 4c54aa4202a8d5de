// Owns both halves of an X25519 key, and where fresh ones come from.

/// A private key with its public half, which is costly to compute again.
public struct X25519KeyPair: ~Copyable, Sendable {
    /// The secret half.
    public let privateKey: X25519PrivateKey
    /// The public half.
    public let publicKey: X25519PublicKey

    /// Computes the public half.
    public init(_ privateKey: consuming X25519PrivateKey) {
        publicKey = privateKey.publicKey()
        self.privateKey = privateKey
    }

    /// Takes halves that were stored together.
    public init(_ privateKey: consuming X25519PrivateKey, publicKey: X25519PublicKey) {
        self.publicKey = publicKey
        self.privateKey = privateKey
    }

    /// A second value of the same pair.
    public func duplicate() -> X25519KeyPair {
        X25519KeyPair(privateKey.duplicate(), publicKey: publicKey)
    }
}

/// Where a protocol gets the fresh pair that its next step needs: made now, made ahead, or recorded.
public protocol KeyPairSource: ~Copyable {
    /// A pair that was never given before.
    mutating func next() -> X25519KeyPair
}

/// Pairs made at the moment they are needed.
public struct FreshKeyPairs<Source: Entropy>: KeyPairSource {
    private var entropy: Source

    /// Draws private keys from `entropy`.
    public init(_ entropy: Source) {
        self.entropy = entropy
    }

    /// A new pair.
    public mutating func next() -> X25519KeyPair {
        X25519KeyPair(X25519PrivateKey(from: &entropy))
    }
}

extension FreshKeyPairs<SystemEntropy> {
    /// Draws private keys from the system.
    public init() {
        self.init(SystemEntropy())
    }
}
