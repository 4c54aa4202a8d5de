// Owns a pair of devices in one process to measure with: keys, bundles, sessions.

internal import TernCrypto
internal import TernOMEMO
internal import TernRatchet

/// Two devices of one version that can start sessions with each other.
struct Couple: ~Copyable {
    let version: Version
    let alice: IdentityKeyPair
    let bob: IdentityKeyPair
    let signedPreKey: X25519KeyPair
    let signature: FixedBytes<64>
    let preKey: X25519KeyPair

    /// A ratchet plaintext: key and tag of a payload.
    static func plaintext(_ version: Version) -> [UInt8] {
        [UInt8](repeating: 0x42, count: version == .v03 ? 32 : 48)
    }

    init(_ version: Version) {
        var entropy = SystemEntropy()
        self.version = version
        alice = IdentityKeyPair(seed: Secret<32>(from: &entropy))
        bob = IdentityKeyPair(seed: Secret<32>(from: &entropy))
        signedPreKey = X25519KeyPair(X25519PrivateKey(from: &entropy))
        preKey = X25519KeyPair(X25519PrivateKey(from: &entropy))
        let encoded = version.suite.encode(signedPreKey.publicKey)
        signature = bob.sign(encoded.span, suite: version.suite, entropy: &entropy)
    }

    /// What Alice does when Bob's bundle arrives.
    func verifiedPreKey() throws -> SignedPreKey {
        let suite = version.suite
        let encoded = bob.encoded(for: suite)
        let identity = try IdentityPublicKey(encoded: encoded.span, suite: suite)
        return try SignedPreKey(
            id: 1, key: signedPreKey.publicKey, signature: signature.span, identity: identity, suite: suite)
    }

    func initiate(
        _ verified: SignedPreKey, keys: inout some KeyPairSource & ~Copyable
    ) throws -> X3DH.Initiation {
        try X3DH.initiate(
            from: alice, to: verified, PreKey(id: 1, key: preKey.publicKey), suite: version.suite, keys: &keys)
    }

    func respond(to exchange: KeyExchange) throws -> DoubleRatchet {
        try X3DH.respond(
            to: exchange, identity: bob, signedPreKey: signedPreKey, preKey: preKey, suite: version.suite)
    }
}

/// A session, both ends, after the first message has arrived.
struct Conversation: ~Copyable {
    let version: Version
    let plaintext: [UInt8]
    var keys: FreshKeyPairs<SystemEntropy>
    var alice: DoubleRatchet
    var bob: DoubleRatchet

    init(_ version: Version) throws {
        let couple = Couple(version)
        var keys = FreshKeyPairs()
        let initiation = try couple.initiate(couple.verifiedPreKey(), keys: &keys)
        var bob = try couple.respond(to: initiation.exchange)
        var alice = initiation.takeRatchet()
        let plaintext = Couple.plaintext(version)
        try Conversation.pass(plaintext, version, &keys, from: &alice, to: &bob)
        self.version = version
        self.plaintext = plaintext
        self.keys = keys
        self.alice = alice
        self.bob = bob
    }

    mutating func aliceToBob() throws { try Conversation.pass(plaintext, version, &keys, from: &alice, to: &bob) }
    mutating func bobToAlice() throws { try Conversation.pass(plaintext, version, &keys, from: &bob, to: &alice) }

    private static func pass(
        _ plaintext: [UInt8], _ version: Version, _ keys: inout FreshKeyPairs<SystemEntropy>,
        from sender: inout DoubleRatchet, to receiver: inout DoubleRatchet
    ) throws {
        var failure: RatchetError?
        _ = try version.seal(plaintext.span, with: &sender, keys: &keys) { message in
            do throws(RatchetError) {
                _ = receiver.commit(try version.open(message, with: receiver))
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// The next messages of Alice, in order.
    mutating func messages(_ count: Int) throws -> [[UInt8]] {
        var messages: [[UInt8]] = []
        let plaintext = plaintext
        for _ in 0..<count {
            messages.append(try version.seal(plaintext.span, with: &alice, keys: &keys).message)
        }
        return messages
    }

    /// Bob's half as it is now, once more.
    func anotherBob() throws -> DoubleRatchet {
        let hot = bob.hotRecord()
        let cold = bob.coldRecord()
        return try DoubleRatchet(
            hot: hot.span, cold: cold.span, local: bob.parties.local, suite: { Suite.omemo(id: $0) })
    }
}
