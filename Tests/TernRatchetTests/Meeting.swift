// Owns a session between Tern and the textbook, and one between two of Tern's, each from a seed; and what a test looks at
// in a session.

import TernCrypto
import TernOMEMO
import TernRatchet
import Testing

extension SeededEntropy {
    /// Bytes that follow from a number.
    init(_ number: Int) {
        var seed = FixedBytes<32>()
        for place in 0..<8 { seed.storage[place] = UInt8(truncatingIfNeeded: number >> (8 * place)) }
        self.init(seed: seed)
    }
}

/// Everything in a session that is stored, its bytes compared.
struct Snapshot: Equatable {
    let hot: [UInt8]
    let cold: [UInt8]
    let skipped: [RatchetInspection.Skipped]
    let ranges: [SkippedRange]
}

extension DoubleRatchet {
    func snapshot() -> Snapshot {
        Snapshot(
            hot: hotRecord().exposed(), cold: coldRecord().exposed(), skipped: inspect().skipped, ranges: skippedRanges)
    }

    /// The session as it comes back from storage.
    func restarted() throws(RatchetError) -> DoubleRatchet {
        let hot = hotRecord()
        let cold = coldRecord()
        var session = try DoubleRatchet(
            hot: hot.span, cold: cold.span, local: parties.local, suite: { TernRatchet.Suite.omemo(id: $0) })
        for range in skippedRanges {
            var keys: [UInt8] = []
            for index in range.indices {
                switch skippedKey(range.ratchetKey, index) {
                case .none: keys += [UInt8](repeating: 0, count: 32)
                case .some(let key): keys += key.span.array
                }
            }
            try session.restoreSkipped(range, keys: keys.span)
        }
        return session
    }

    /// Opens and commits.
    mutating func receive(_ message: [UInt8], _ version: Version) throws(RatchetError) -> [UInt8] {
        let committed = commit(try version.open(message.span, with: self))
        return committed.plaintext.exposed()
    }

    /// Why a message is refused, nil when it opens; nothing is committed.
    func refusal(_ message: [UInt8], _ version: Version) -> RatchetError? {
        do throws(RatchetError) {
            _ = try version.open(message.span, with: self)
            return nil
        } catch {
            return error
        }
    }
}

/// Why `action` fails, or nil.
func failure(of action: () throws(RatchetError) -> Void) -> RatchetError? {
    do throws(RatchetError) {
        try action()
        return nil
    } catch {
        return error
    }
}

/// Tern and the textbook.
struct Meeting: ~Copyable {
    let version: Version
    var tern: DoubleRatchet
    var peer: Textbook
    var keys: FreshKeyPairs<SeededEntropy>
    private var texts = 0

    private init(_ version: Version, _ tern: consuming DoubleRatchet, _ peer: Textbook, seed: Int) {
        self.version = version
        self.tern = tern
        self.peer = peer
        keys = FreshKeyPairs(SeededEntropy(seed + 1_000_000))
    }

    init(_ version: Version, seed: Int, ternInitiates: Bool) throws {
        if ternInitiates {
            try self.init(ternInitiating: version, seed: seed)
        } else {
            try self.init(ternResponding: version, seed: seed)
        }
    }

    private init(ternInitiating version: Version, seed: Int) throws {
        let suite = version.suite
        var devices = try Devices(suite, seed: seed)
        let signature = devices.other.sign(
            suite.encode(devices.signedPair.publicKey).span, suite: suite, entropy: &devices.entropy)
        let verified = try SignedPreKey(
            id: 1, key: devices.signedPair.publicKey, signature: signature.span,
            identity: IdentityPublicKey(encoded: devices.other.encoded(for: suite).span, suite: suite), suite: suite)
        var keys = FreshKeyPairs(SeededEntropy(seed + 4_000_000))
        let initiation = try X3DH.initiate(
            from: devices.own, to: verified, PreKey(id: 2, key: devices.oncePair.publicKey), suite: suite, keys: &keys)
        let ephemeral = initiation.exchange.ephemeralKey.bytes.array
        let shared = try Meeting.agreement(
            version, Curve.agree(devices.signed, devices.own.x25519.bytes.array),
            Curve.agree(devices.scalar, ephemeral), Curve.agree(devices.signed, ephemeral),
            Curve.agree(devices.once, ephemeral))
        let peer = try Textbook(
            Spelling(version), responding: shared, as: devices.signed, local: devices.other.encoded(for: suite),
            remote: devices.own.encoded(for: suite), entropy: SeededEntropy(seed + 2_000_000))
        self.init(version, initiation.takeRatchet(), peer, seed: seed)
    }

    private init(ternResponding version: Version, seed: Int) throws {
        let suite = version.suite
        var devices = try Devices(suite, seed: seed)
        let ephemeral = Curve.privateKey(&devices.entropy)
        let signedPreKey = devices.signedPair.publicKey.bytes.array
        let shared = try Meeting.agreement(
            version, Curve.agree(devices.scalar, signedPreKey),
            Curve.agree(ephemeral, devices.own.x25519.bytes.array), Curve.agree(ephemeral, signedPreKey),
            Curve.agree(ephemeral, devices.oncePair.publicKey.bytes.array))
        let otherEncoded = devices.other.encoded(for: suite)
        let exchange = KeyExchange(
            signedPreKeyID: 1, preKeyID: 2, ephemeralKey: try Curve.pair(ephemeral).publicKey,
            identity: try IdentityPublicKey(encoded: otherEncoded.span, suite: suite))
        let tern = try X3DH.respond(
            to: exchange, identity: devices.own, signedPreKey: devices.signedPair, preKey: devices.oncePair,
            suite: suite)
        let peer = try Textbook(
            Spelling(version), initiating: shared, to: signedPreKey, local: otherEncoded,
            remote: devices.own.encoded(for: suite), entropy: SeededEntropy(seed + 2_000_000))
        self.init(version, tern, peer, seed: seed)
    }

    /// SK of X3DH (§3.3).
    private static func agreement(_ version: Version, _ secrets: [UInt8]...) throws -> [UInt8] {
        try Derivation.expand(
            [UInt8](repeating: 0xff, count: 32) + secrets.joined(), salt: [UInt8](repeating: 0, count: 32),
            info: Spelling(version).agreementInfo, 32)
    }

    /// The keys of both: Tern's identity begins as a seed, the other one as a scalar.
    private struct Devices: ~Copyable {
        var entropy: SeededEntropy
        let own: IdentityKeyPair
        let scalar: [UInt8]
        let other: IdentityKeyPair
        let signed: [UInt8]
        let signedPair: X25519KeyPair
        let once: [UInt8]
        let oncePair: X25519KeyPair

        init(_ suite: TernRatchet.Suite, seed: Int) throws {
            var entropy = SeededEntropy(seed)
            let scalar = Curve.privateKey(&entropy)
            let signed = Curve.privateKey(&entropy)
            let once = Curve.privateKey(&entropy)
            let other = try IdentityKeyPair(scalar: Secret<32>(copying: scalar))
            let signedPair = try Curve.pair(signed)
            let oncePair = try Curve.pair(once)
            self.other = other
            self.signedPair = signedPair
            self.oncePair = oncePair
            own = IdentityKeyPair(seed: Secret<32>(from: &entropy))
            self.scalar = scalar
            self.signed = signed
            self.once = once
            self.entropy = entropy
        }
    }

    /// A text that no other message has.
    mutating func text() -> [UInt8] {
        texts += 1
        return Array("text \(texts)".utf8) + [UInt8](repeating: 0x20, count: texts % 40)
    }

    /// A message of Tern's.
    mutating func ternSeals(_ text: [UInt8]) throws(RatchetError) -> [UInt8] {
        try version.seal(text.span, with: &tern, keys: &keys).message
    }

    /// A message of the textbook's that has not been delivered.
    mutating func peerSeals() throws -> [UInt8] {
        let text = text()
        return try peer.seal(text)
    }

    /// Both directions once, so that the ratchet has turned on both sides.
    mutating func turn() throws {
        try ternToPeer()
        try peerToTern()
    }

    mutating func ternToPeer() throws {
        let text = text()
        let message = try ternSeals(text)
        let opened = try peer.open(message)
        #expect(opened == text)
    }

    mutating func peerToTern() throws {
        let text = text()
        let message = try peer.seal(text)
        let opened = try tern.receive(message, version)
        #expect(opened == text)
    }

    mutating func restart() throws(RatchetError) {
        tern = try tern.restarted()
    }
}
