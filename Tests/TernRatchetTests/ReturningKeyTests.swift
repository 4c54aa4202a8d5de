// A peer that comes back to a ratchet key of its own. Nobody honest does.

import TernCrypto
import TernOMEMO
import TernRatchet
import Testing

@Suite struct ReturningKeyTests {
    /// Gives the first pair again when asked to.
    private struct Repeating: KeyPairSource {
        var entropy: SeededEntropy
        var scalar: [UInt8] = []
        var isRepeating = false

        mutating func next() -> X25519KeyPair {
            if !isRepeating || scalar.isEmpty { scalar = Curve.privateKey(&entropy) }
            let bytes = scalar
            let key = Secret<32> { span in for index in 0..<32 { span[index] = bytes[index] } }
            return X25519KeyPair(X25519PrivateKey(key))
        }
    }

    /// Two sessions of Tern's.
    private struct Couple: ~Copyable {
        let version: Version
        var alice: DoubleRatchet
        var bob: DoubleRatchet
        var aliceKeys: FreshKeyPairs<SeededEntropy>
        var bobKeys: Repeating

        init(_ version: Version) throws {
            let suite = version.suite
            var entropy = SeededEntropy(9_500)
            let alice = IdentityKeyPair(seed: Secret<32>(from: &entropy))
            let bob = IdentityKeyPair(seed: Secret<32>(from: &entropy))
            var keys = FreshKeyPairs(SeededEntropy(9_501))
            let signed = keys.next()
            let once = keys.next()
            let signature = bob.sign(suite.encode(signed.publicKey).span, suite: suite, entropy: &entropy)
            let verified = try SignedPreKey(
                id: 1, key: signed.publicKey, signature: signature.span, identity: bob.publicKey(for: suite),
                suite: suite)
            let begun = try X3DH.initiate(
                from: alice, to: verified, PreKey(id: 2, key: once.publicKey), suite: suite, keys: &keys)
            self.bob = try X3DH.respond(
                to: begun.exchange, identity: bob, signedPreKey: signed, preKey: once, suite: suite)
            self.alice = begun.takeRatchet()
            self.version = version
            aliceKeys = keys
            bobKeys = Repeating(entropy: SeededEntropy(9_502))
        }

        mutating func aliceToBob() throws {
            let message = try version.seal([1].span, with: &alice, keys: &aliceKeys).message
            _ = try bob.receive(message, version)
        }

        mutating func bobSeals() throws -> [UInt8] {
            try version.seal([2].span, with: &bob, keys: &bobKeys).message
        }
    }

    /// Its chain has left the retired ones and has a kept key. A new chain of the same name would have a second key for
    /// that message, and two rows in one place.
    @Test(arguments: Version.allCases)
    func keptKeysStayTheOnlyOnes(_ version: Version) throws {
        var couple = try Couple(version)
        try couple.aliceToBob()
        let kept = try couple.bobSeals()
        _ = try couple.alice.receive(couple.bobSeals(), version)
        let first = couple.bobKeys.scalar
        for _ in 0...Limits.retiredChains {
            try couple.aliceToBob()
            _ = try couple.alice.receive(couple.bobSeals(), version)
        }
        try couple.aliceToBob()
        couple.bobKeys.scalar = first
        couple.bobKeys.isRepeating = true
        _ = try couple.bobSeals()
        let returning = try couple.bobSeals()
        let before = couple.alice.snapshot()
        let refusal = couple.alice.refusal(returning, version)
        #expect(refusal == .unauthentic)
        let after = couple.alice.snapshot()
        #expect(before == after)
        let late = try couple.alice.receive(kept, version)
        #expect(late == [2])
    }

    /// While its chain is remembered, a key that returns opens nothing either.
    @Test(arguments: Version.allCases)
    func retiredKeysDoNotReturn(_ version: Version) throws {
        var couple = try Couple(version)
        try couple.aliceToBob()
        _ = try couple.alice.receive(couple.bobSeals(), version)
        let first = couple.bobKeys.scalar
        try couple.aliceToBob()
        _ = try couple.alice.receive(couple.bobSeals(), version)
        try couple.aliceToBob()
        couple.bobKeys.scalar = first
        couple.bobKeys.isRepeating = true
        let before = couple.alice.snapshot()
        for _ in 0..<4 {
            let refusal = couple.alice.refusal(try couple.bobSeals(), version)
            #expect(refusal != nil)
        }
        let after = couple.alice.snapshot()
        #expect(before == after)
    }
}
