// What a session and a key agreement refuse: damage, keys that no honest device has, wrong signatures, sending too early.

import TernCrypto
import TernOMEMO
import TernRatchet
import Testing

/// Public keys that give the same secret to everybody, or are spelled in a second way.
enum BadKey {
    private static func spelled(_ first: UInt8, _ rest: UInt8, _ last: UInt8) -> [UInt8] {
        [first] + [UInt8](repeating: rest, count: 30) + [last]
    }

    /// The u-coordinates of small order (RFC 7748 §6.1; the two long ones have order 8).
    static let lowOrder: [[UInt8]] = [
        spelled(0, 0, 0), spelled(1, 0, 0), spelled(0xec, 0xff, 0x7f),
        [
            0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09,
            0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
        ],
        [
            0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44,
            0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57,
        ],
    ]

    /// Numbers that are not below 2^255 - 19, and any with bit 255.
    static let nonCanonical: [[UInt8]] =
        [spelled(0xed, 0xff, 0x7f), spelled(0xee, 0xff, 0x7f), spelled(0xff, 0xff, 0x7f), spelled(9, 0, 0x80)]
        + lowOrder.map { Array($0.dropLast()) + [($0.last ?? 0) | 0x80] }

    /// Edwards points of small order, and spellings of none.
    static let edwards: [[UInt8]] = [
        spelled(1, 0, 0), spelled(1, 0, 0x80), spelled(0, 0, 0), spelled(0, 0, 0x80), spelled(0xec, 0xff, 0x7f),
        spelled(0xec, 0xff, 0xff), spelled(0xed, 0xff, 0x7f), spelled(0xee, 0xff, 0x7f), spelled(0xed, 0xff, 0xff),
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
            0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
            0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
    ]
}

@Suite struct RefusalTests {
    /// Tern's session before the first message, before a message of its chain, before a late one, before a turn.
    enum Place: CaseIterable {
        case first, inChain, late, turning, spare
    }

    /// Brings `meeting` to `place`.
    /// - Returns: A message that opens there.
    private func bring(_ meeting: inout Meeting, to place: Place) throws -> [UInt8] {
        if place == .spare { meeting.peer.counting = .oneLess }
        if place != .first { try meeting.turn() }
        if place == .turning { try meeting.ternToPeer() }
        let message = try meeting.peerSeals()
        if place == .late { try meeting.peerToTern() }
        if place == .spare { try meeting.turn() }
        return message
    }

    @Test(arguments: Version.allCases, Place.allCases)
    func damage(_ version: Version, _ place: Place) throws {
        var meeting = try Meeting(version, seed: 7000, ternInitiates: place != .first)
        let message = try bring(&meeting, to: place)
        let before = meeting.tern.snapshot()
        for bit in 0..<message.count * 8 {
            var damaged = message
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            let refusal = meeting.tern.refusal(damaged, version)
            let after = meeting.tern.snapshot()
            #expect(refusal != nil, "bit \(bit)")
            #expect(before == after, "bit \(bit)")
        }
        for count in 0..<message.count {
            let refusal = meeting.tern.refusal(Array(message[..<count]), version)
            let after = meeting.tern.snapshot()
            #expect(refusal != nil, "\(count) bytes")
            #expect(before == after, "\(count) bytes")
        }
        let longer = meeting.tern.refusal(message + [0], version)
        #expect(longer != nil)
        _ = try meeting.tern.receive(message, version)
        try meeting.turn()
    }

    /// A header may name any key; nothing of it is authentic yet.
    @Test(arguments: Version.allCases, Place.allCases)
    func headerKeys(_ version: Version, _ place: Place) throws {
        var meeting = try Meeting(version, seed: 7100, ternInitiates: place != .first)
        let message = try bring(&meeting, to: place)
        let before = meeting.tern.snapshot()
        let isOwing = place == .inChain || place == .late || place == .spare
        for key in BadKey.lowOrder + BadKey.nonCanonical {
            let header = Textbook.Header(ratchetKey: key, index: 0, previousLength: 0)
            let refusal = meeting.tern.refusal(Spelling(version).forged(header), version)
            let isLowOrder = BadKey.lowOrder.contains(key)
            #expect(refusal == (isLowOrder && isOwing ? .unauthentic : .invalidKey), "\(key)")
        }
        let after = meeting.tern.snapshot()
        #expect(before == after)
        _ = try meeting.tern.receive(message, version)
    }

    /// The parts of two devices for a key agreement.
    private struct Agreement: ~Copyable {
        let suite: TernRatchet.Suite
        let alice: IdentityKeyPair
        let bob: IdentityKeyPair
        let signedPreKey: X25519KeyPair
        let preKey: X25519KeyPair
        var entropy: SeededEntropy

        init(_ version: Version) {
            var entropy = SeededEntropy(7200)
            suite = version.suite
            alice = IdentityKeyPair(seed: Secret<32>(from: &entropy))
            bob = IdentityKeyPair(seed: Secret<32>(from: &entropy))
            signedPreKey = X25519KeyPair(X25519PrivateKey(from: &entropy))
            preKey = X25519KeyPair(X25519PrivateKey(from: &entropy))
            self.entropy = entropy
        }

        /// Why Alice cannot start a session with Bob's keys, some of them other ones.
        mutating func initiation(
            signedPreKey: X25519PublicKey? = nil, preKey: X25519PublicKey? = nil
        ) throws(RatchetError) -> RatchetError? {
            let signed = signedPreKey ?? self.signedPreKey.publicKey
            let encoded = suite.encode(signed)
            let signature = bob.sign(encoded.span, suite: suite, entropy: &entropy)
            let verified = try SignedPreKey(
                id: 1, key: signed, signature: signature.span, identity: bob.publicKey(for: suite), suite: suite)
            var keys = FreshKeyPairs(entropy)
            do throws(RatchetError) {
                _ = try X3DH.initiate(
                    from: alice, to: verified, PreKey(id: 1, key: preKey ?? self.preKey.publicKey), suite: suite,
                    keys: &keys)
                return nil
            } catch {
                return error
            }
        }

        /// Why Bob does not answer.
        func response(ephemeral: X25519PublicKey, identity: IdentityPublicKey) -> RatchetError? {
            let exchange = KeyExchange(signedPreKeyID: 1, preKeyID: 1, ephemeralKey: ephemeral, identity: identity)
            do throws(RatchetError) {
                _ = try X3DH.respond(
                    to: exchange, identity: bob, signedPreKey: signedPreKey, preKey: preKey, suite: suite)
                return nil
            } catch {
                return error
            }
        }
    }

    @Test(arguments: Version.allCases)
    func agreementKeys(_ version: Version) throws {
        var agreement = Agreement(version)
        let honest = agreement.alice.publicKey(for: version.suite)
        let ephemeral = agreement.preKey.publicKey
        let started = try agreement.initiation()
        let answered = agreement.response(ephemeral: ephemeral, identity: honest)
        #expect(started == nil)
        #expect(answered == nil)
        for bytes in BadKey.lowOrder {
            let key = try X25519PublicKey(FixedBytes<32>(bytes))
            let signed = try agreement.initiation(signedPreKey: key)
            let once = try agreement.initiation(preKey: key)
            let answer = agreement.response(ephemeral: key, identity: honest)
            #expect(signed == .invalidKey, "\(bytes)")
            #expect(once == .invalidKey, "\(bytes)")
            #expect(answer == .invalidKey, "\(bytes)")
        }
        for bytes in BadKey.nonCanonical {
            #expect(throws: CryptoError.nonCanonicalPublicKey, "\(bytes)") {
                _ = try X25519PublicKey(FixedBytes<32>(bytes))
            }
        }
    }

    /// A Curve25519 identity of small order agrees with nobody and signs nothing; its odd spellings are no key.
    @Test func curveIdentities() throws {
        let suite = Version.v03.suite
        let agreement = Agreement(.v03)
        let ephemeral = agreement.preKey.publicKey
        let encoded = suite.encode(agreement.signedPreKey.publicKey)
        for bytes in BadKey.lowOrder {
            let prefixed = [5] + bytes
            let identity = try IdentityPublicKey(encoded: prefixed.span, suite: suite)
            let answer = agreement.response(ephemeral: ephemeral, identity: identity)
            #expect(answer == .invalidKey, "\(bytes)")
            for signature in BadKey.edwards.map({ $0 + [UInt8](repeating: 0, count: 32) }) {
                #expect(throws: RatchetError.unauthentic) {
                    try identity.verify(signature.span, of: encoded.span, suite: suite)
                }
            }
        }
        for bytes in BadKey.nonCanonical {
            let prefixed = [5] + bytes
            #expect(throws: RatchetError.invalidKey, "\(bytes)") {
                _ = try IdentityPublicKey(encoded: prefixed.span, suite: suite)
            }
        }
    }

    @Test func edwardsIdentities() {
        for bytes in BadKey.edwards {
            #expect(throws: RatchetError.invalidKey, "\(bytes)") {
                _ = try IdentityPublicKey(encoded: bytes.span, suite: Version.v2.suite)
            }
        }
    }

    @Test(arguments: Version.allCases)
    func identityLengths(_ version: Version) {
        let encoded = Agreement(version).alice.encoded(for: version.suite)
        var wrong = [[], [5], Array(encoded.dropLast()), encoded + [0]]
        if version == .v03 { wrong.append([6] + encoded.dropFirst()) }
        for bytes in wrong {
            #expect(throws: RatchetError.malformed, "\(bytes)") {
                _ = try IdentityPublicKey(encoded: bytes.span, suite: version.suite)
            }
        }
    }

    @Test(arguments: Version.allCases)
    func signatures(_ version: Version) throws {
        let suite = version.suite
        var agreement = Agreement(version)
        let key = agreement.signedPreKey.publicKey
        let identity = agreement.bob.publicKey(for: suite)
        let encoded = suite.encode(key)
        let signature = agreement.bob.sign(encoded.span, suite: suite, entropy: &agreement.entropy).array
        _ = try SignedPreKey(id: 1, key: key, signature: signature.span, identity: identity, suite: suite)
        var wrong = (0..<512).map { bit in
            var damaged = signature
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            return damaged
        }
        wrong += [[], Array(signature.dropLast()), signature + [0], [UInt8](repeating: 0, count: 64)]
        // The spelling of the other version, and another device's signature.
        let other = version == .v03 ? key.bytes.array : [5] + key.bytes.array
        wrong.append(agreement.bob.sign(other.span, suite: suite, entropy: &agreement.entropy).array)
        wrong.append(agreement.alice.sign(encoded.span, suite: suite, entropy: &agreement.entropy).array)
        for (number, signature) in wrong.enumerated() {
            #expect(throws: RatchetError.unauthentic, "signature \(number)") {
                _ = try SignedPreKey(id: 1, key: key, signature: signature.span, identity: identity, suite: suite)
            }
        }
    }

    @Test(arguments: Version.allCases)
    func sendingTooEarly(_ version: Version) throws {
        var meeting = try Meeting(version, seed: 7300, ternInitiates: false)
        let before = meeting.tern.snapshot()
        let early = failure { () throws(RatchetError) in _ = try meeting.ternSeals([1]) }
        let after = meeting.tern.snapshot()
        #expect(early == .tooEarly)
        #expect(before == after)
        try meeting.peerToTern()
        try meeting.ternToPeer()
    }

    @Test(arguments: Version.allCases)
    func longTexts(_ version: Version) throws {
        var meeting = try Meeting(version, seed: 7400, ternInitiates: true)
        let before = meeting.tern.snapshot()
        let long = [UInt8](repeating: 1, count: Limits.plaintextLength + 1)
        let refused = failure { () throws(RatchetError) in _ = try meeting.ternSeals(long) }
        let after = meeting.tern.snapshot()
        #expect(refused == .malformed)
        #expect(before == after)
        _ = try meeting.ternSeals(Array(long.dropLast()))
        _ = try meeting.ternSeals([])
    }
}
