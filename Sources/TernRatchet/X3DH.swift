// Owns the X3DH key agreement, both sides. It must not know how bundles and key exchanges travel.

public import TernCrypto

/// X3DH (The X3DH Key Agreement Protocol, revision 1, §3) with a mandatory one-time prekey (XEP-0384 §protocol-x3dh).
public enum X3DH {
    /// Starts a session with a device from its prekeys.
    /// - Parameter keys: gives the ephemeral key.
    /// - Throws: ``RatchetError/invalidKey`` when one of the device's keys has small order.
    public static func initiate(
        from identity: borrowing IdentityKeyPair, to signedPreKey: SignedPreKey, _ preKey: PreKey, suite: Suite,
        keys: inout some KeyPairSource & ~Copyable
    ) throws(RatchetError) -> Initiation {
        let ephemeral = keys.next()
        let root = try RootKey(suite: suite) { secrets throws(CryptoError) in
            try secrets.append(identity.sharedSecret(with: signedPreKey.key))
            try secrets.append(ephemeral.privateKey.sharedSecret(with: signedPreKey.identity.x25519))
            try secrets.append(ephemeral.privateKey.sharedSecret(with: signedPreKey.key))
            try secrets.append(ephemeral.privateKey.sharedSecret(with: preKey.key))
        }
        let exchange = KeyExchange(
            signedPreKeyID: signedPreKey.id, preKeyID: preKey.id, ephemeralKey: ephemeral.publicKey,
            identity: identity.publicKey(for: suite))
        let parties = Parties(
            local: exchange.identity.encoded, remote: signedPreKey.identity.encoded, isInitiator: true)
        return Initiation(
            exchange: exchange,
            ratchet: DoubleRatchet(initiating: root, with: signedPreKey.key, parties: parties, suite: suite))
    }

    /// Answers a key exchange with the private halves of the prekeys that it names. The session exists only if the
    /// ratchet opens a message.
    /// - Throws: ``RatchetError/invalidKey`` when one of the sender's keys has small order.
    public static func respond(
        to exchange: KeyExchange, identity: borrowing IdentityKeyPair, signedPreKey: borrowing X25519KeyPair,
        preKey: borrowing X25519KeyPair, suite: Suite
    ) throws(RatchetError) -> DoubleRatchet {
        let root = try RootKey(suite: suite) { secrets throws(CryptoError) in
            try secrets.append(signedPreKey.privateKey.sharedSecret(with: exchange.identity.x25519))
            try secrets.append(identity.sharedSecret(with: exchange.ephemeralKey))
            try secrets.append(signedPreKey.privateKey.sharedSecret(with: exchange.ephemeralKey))
            try secrets.append(preKey.privateKey.sharedSecret(with: exchange.ephemeralKey))
        }
        let parties = Parties(
            local: identity.encoded(for: suite), remote: exchange.identity.encoded, isInitiator: false)
        return DoubleRatchet(
            responding: root, as: signedPreKey.duplicate(), parties: parties, suite: suite)
    }

    /// A session that has been started here, and what its first messages have to carry.
    public struct Initiation: ~Copyable, Sendable {
        /// The public part, repeated until the other side has answered.
        public let exchange: KeyExchange
        /// The session.
        public var ratchet: DoubleRatchet

        /// The session alone.
        public consuming func takeRatchet() -> DoubleRatchet { ratchet }
    }

    /// IKM of X3DH's key derivation: 32 bytes of 0xff, then up to four shared secrets.
    struct Secrets: ~Copyable {
        private var bytes = Secret<160> { bytes in
            for index in 0..<32 { bytes[index] = 0xff }
        }
        private var count = 32

        mutating func append(_ secret: consuming Secret<32>) {
            let start = count
            var output = bytes.mutableSpan
            for index in 0..<32 { output[start + index] = secret.span[index] }
            count = start + 32
        }

        var span: Span<UInt8> {
            @_lifetime(borrow self)
            get { bytes.span.extracting(first: count) }
        }

        init() {}
    }
}

/// What the side that starts a session sends along until it is answered.
public struct KeyExchange: Sendable, Hashable {
    /// The signed prekey that was used.
    public let signedPreKeyID: UInt32
    /// The one-time prekey that was used.
    public let preKeyID: UInt32
    /// The ephemeral key.
    public let ephemeralKey: X25519PublicKey
    /// The identity key of the side that starts.
    public let identity: IdentityPublicKey

    /// Puts together what was received.
    public init(
        signedPreKeyID: UInt32, preKeyID: UInt32, ephemeralKey: X25519PublicKey, identity: IdentityPublicKey
    ) {
        self.signedPreKeyID = signedPreKeyID
        self.preKeyID = preKeyID
        self.ephemeralKey = ephemeralKey
        self.identity = identity
    }
}
