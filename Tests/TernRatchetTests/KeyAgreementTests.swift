// X3DH: what another implementation computed, both sides' agreement for every kind of identity, and what tags bind.

import TernCrypto
import TernOMEMO
import TernRatchet
import Testing

@Suite struct KeyAgreementTests {
    /// Gives recorded pairs, in order.
    private struct Recorded: KeyPairSource {
        var scalars: [[UInt8]]

        mutating func next() -> X25519KeyPair {
            let scalar = scalars.isEmpty ? [UInt8](repeating: 0, count: 32) : scalars.removeFirst()
            let key = Secret<32> { bytes in for index in 0..<32 { bytes[index] = scalar[index] } }
            return X25519KeyPair(X25519PrivateKey(key))
        }
    }

    private func bytes(_ hex: String) throws -> [UInt8] {
        let digits = Array(hex)
        return try stride(from: 0, to: digits.count, by: 2).map { place in
            try #require(UInt8(String(digits[place...place + 1]), radix: 16))
        }
    }

    private func secret(_ hex: String) throws -> Secret<32> {
        try Secret<32>(copying: bytes(hex))
    }

    /// Both ends of a recorded session.
    private struct Ends: ~Copyable {
        var begun: DoubleRatchet
        let answered: DoubleRatchet
    }

    private func agree(_ recorded: RecordedAgreement, _ keys: inout Recorded) throws -> Ends {
        let suite = recorded.version.suite
        let alice = IdentityKeyPair(seed: try secret(recorded.aliceSeed))
        let bob = IdentityKeyPair(seed: try secret(recorded.bobSeed))
        let signed = X25519KeyPair(X25519PrivateKey(try secret(recorded.signedPreKey)))
        let once = X25519KeyPair(X25519PrivateKey(try secret(recorded.preKey)))
        let signature = try bytes(recorded.signature)
        let encoded = bob.encoded(for: suite)
        let identity = try IdentityPublicKey(encoded: encoded.span, suite: suite)
        let verified = try SignedPreKey(
            id: 1, key: signed.publicKey, signature: signature.span, identity: identity, suite: suite)
        let preKey = PreKey(id: 1, key: once.publicKey)
        let initiation = try X3DH.initiate(from: alice, to: verified, preKey, suite: suite, keys: &keys)
        let answered = try X3DH.respond(
            to: initiation.exchange, identity: bob, signedPreKey: signed, preKey: once, suite: suite)
        return Ends(begun: initiation.takeRatchet(), answered: answered)
    }

    /// Every value on the way, as python-oldmemo and python-twomemo have it.
    @Test(arguments: [0, 1])
    func recordedAgreements(_ number: Int) throws {
        let recorded = RecordedAgreement.all[number]
        let version = recorded.version
        var keys = Recorded(scalars: [try bytes(recorded.ephemeral), try bytes(recorded.ratchetKey)])
        var ends = try agree(recorded, &keys)
        let roots = [ends.begun.inspect().root, ends.answered.inspect().root]
        let shared = try bytes(recorded.shared)
        #expect(roots == [shared, shared])
        let (own, other) = (ends.begun.parties, ends.answered.parties)
        let associatedData = try bytes(recorded.associatedData)
        #expect(own.local + own.remote == associatedData)
        #expect(other.remote + other.local == associatedData)

        let text = try bytes(recorded.plaintext)
        let message = try bytes(recorded.message)
        let messageKey = try firstKey(of: ends.begun, keys)
        let recordedKey = try bytes(recorded.messageKey)
        #expect(messageKey == recordedKey)
        let sealed = try version.seal(text.span, with: &ends.begun, keys: &keys).message
        #expect(sealed == message)
        let root = ends.begun.inspect().root
        let recordedRoot = try bytes(recorded.root)
        #expect(root == recordedRoot)
        let opened = try version.open(message.span, with: ends.answered)
        let openedText = opened.plaintext.exposed()
        #expect(openedText == text)
    }

    /// The key of a session's first message, which a copy of the session gives.
    private func firstKey(of session: borrowing DoubleRatchet, _ keys: Recorded) throws -> [UInt8] {
        var copy = try session.restarted()
        var keys = keys
        let next = try copy.next(keys: &keys)
        return next.key.span.array
    }

    /// How an identity came to be.
    enum Origin: CaseIterable {
        case seed, scalar
    }

    private func identity(_ origin: Origin, _ entropy: inout SeededEntropy) throws -> IdentityKeyPair {
        switch origin {
        case .seed: IdentityKeyPair(seed: Secret<32>(from: &entropy))
        case .scalar: try IdentityKeyPair(scalar: Secret<32>(from: &entropy))
        }
    }

    /// Eight identities of each kind on either side, so that both sign bits come up.
    @Test(arguments: Version.allCases, Origin.allCases)
    func bothSidesAgree(_ version: Version, _ origin: Origin) throws {
        let suite = version.suite
        var signBits: Set<UInt8> = []
        for (seed, other) in (0..<8).flatMap({ seed in Origin.allCases.map { (seed, $0) } }) {
            var entropy = SeededEntropy(3_000 + seed)
            let alice = try identity(origin, &entropy)
            let bob = try identity(other, &entropy)
            signBits.insert(alice.ed25519.bytes.storage[31] >> 7)
            var keys = FreshKeyPairs(SeededEntropy(3_100 + seed))
            let signed = keys.next()
            let once = keys.next()
            let signature = bob.sign(suite.encode(signed.publicKey).span, suite: suite, entropy: &entropy)
            let verified = try SignedPreKey(
                id: 1, key: signed.publicKey, signature: signature.span,
                identity: IdentityPublicKey(encoded: bob.encoded(for: suite).span, suite: suite), suite: suite)
            let initiation = try X3DH.initiate(
                from: alice, to: verified, PreKey(id: 2, key: once.publicKey), suite: suite, keys: &keys)
            let exchange = initiation.exchange
            let received = try IdentityPublicKey(encoded: exchange.identity.encoded.span, suite: suite)
            #expect(received == exchange.identity)
            var answered = try X3DH.respond(
                to: exchange, identity: bob, signedPreKey: signed, preKey: once, suite: suite)
            var begun = initiation.takeRatchet()
            let roots = (begun.inspect().root, answered.inspect().root)
            #expect(roots.0 == roots.1)
            let first = try version.seal([1, 2].span, with: &begun, keys: &keys).message
            let firstText = try answered.receive(first, version)
            let answer = try version.seal([3].span, with: &answered, keys: &keys).message
            let answerText = try begun.receive(answer, version)
            #expect(firstText == [1, 2])
            #expect(answerText == [3])
        }
        #expect(signBits == (origin == .seed ? [0, 1] : [0]))
    }

    /// A tag over the identity keys in the other order, or with an Edwards key's sign bit lost, fits nothing.
    @Test(arguments: Version.allCases, [false, true])
    func tagsBindTheIdentities(_ version: Version, _ ternInitiates: Bool) throws {
        var meeting = try Meeting(version, seed: 3_200, ternInitiates: ternInitiates)
        if ternInitiates { try meeting.ternToPeer() }
        let message = try meeting.peerSeals()
        let parties = meeting.tern.parties
        let cold = meeting.tern.coldRecord().exposed()
        let hot = meeting.tern.hotRecord().exposed()
        func refusal(_ local: [UInt8], _ remote: [UInt8], isInitiator: Bool) throws -> RatchetError? {
            var cold = cold
            cold[6] = isInitiator ? 1 : 0
            cold.replaceSubrange(8..<8 + remote.count, with: remote)
            let session = try DoubleRatchet(
                hot: hot.span, cold: cold.span, local: local, suite: { TernRatchet.Suite.omemo(id: $0) })
            return session.refusal(message, version)
        }
        let unchanged = try refusal(parties.local, parties.remote, isInitiator: ternInitiates)
        #expect(unchanged == nil)
        let exchanged = try refusal(parties.remote, parties.local, isInitiator: ternInitiates)
        #expect(exchanged == .unauthentic)
        // Who started counts in OMEMO 2 alone; in OMEMO 0.3 it is who sends.
        let swapped = try refusal(parties.local, parties.remote, isInitiator: !ternInitiates)
        #expect(swapped == (version == .v2 ? .unauthentic : nil))
        for place in [0, 15, parties.local.count - 1] {
            var (local, remote) = (parties.local, parties.remote)
            local[place] ^= 0x80
            remote[place] ^= 0x80
            let refusals = [
                try refusal(local, parties.remote, isInitiator: ternInitiates),
                try refusal(parties.local, remote, isInitiator: ternInitiates),
            ]
            #expect(refusals == [.unauthentic, .unauthentic])
        }
    }
}
