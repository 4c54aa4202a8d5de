// Owns the making of this device's bundle. It must not know where its private keys are kept.

internal import TernCore
public import TernCrypto
public import TernRatchet

/// This device's bundle, for the versions that it speaks. The signature covers the key as a version encodes it, so each
/// version has one of its own under the same keys.
public struct OwnBundle: Sendable {
    /// The signed prekey.
    public let signedPreKey: PreKey
    /// The one-time prekeys.
    public let preKeys: [PreKey]

    /// Takes the public halves. Numbers are from 1 to 2^31 - 1; ``Bundle/element()`` refuses others.
    public init(signedPreKey: PreKey, preKeys: [PreKey]) {
        self.signedPreKey = signedPreKey
        self.preKeys = preKeys
    }

    /// The bundle, signed.
    public func signed(
        by identity: borrowing IdentityKeyPair, version: Version, entropy: inout some Entropy
    ) -> Bundle {
        let encoded = version.suite.encode(signedPreKey.key)
        return Bundle(
            version, identity: identity.publicKey(for: version.suite), signedPreKey: signedPreKey,
            signature: identity.sign(encoded.span, suite: version.suite, entropy: &entropy), preKeys: preKeys,
            refused: 0)
    }

    /// The bundle with a signature that was made before, so that a republished one does not change.
    public func bundle(
        of identity: IdentityPublicKey, signature: FixedBytes<64>, version: Version
    ) -> Bundle {
        Bundle(
            version, identity: identity, signedPreKey: signedPreKey, signature: signature, preKeys: preKeys, refused: 0)
    }
}
