// Owns a recorded device: its keys, read and held against each other. It must not know what was sent.

internal import TernCore
internal import TernCrypto
internal import TernOMEMO
internal import TernRatchet

/// A device with all its private keys, as a recording tells them.
struct RecordedDevice: Sendable {
    /// A prekey with its number.
    struct Numbered: Sendable {
        let id: UInt32
        let privateKey: [UInt8]
        let publicKey: [UInt8]
    }

    let address: DeviceAddress
    /// The bundle as it was published.
    let bundleText: String
    /// The label with its signature, which OMEMO 2 has.
    let label: (text: String, signature: [UInt8])?
    let seed: [UInt8]
    let x25519Private: [UInt8]
    let ed25519Public: [UInt8]
    let curve25519Public: [UInt8]
    let signedPreKey: Numbered
    let signature: [UInt8]
    let plainSignature: [UInt8]
    let preKeys: [Numbered]

    /// Names for messages.
    var jid: BareJID { address.jid }
    var id: DeviceID { address.device }

    init(_ value: Members, _ version: Version) throws(FormatError) {
        var device = value
        guard let jid = try? BareJID(try device.string("bare_jid")) else {
            throw device.wrongType("bare_jid", "an address")
        }
        guard let id = try? DeviceID(try device.number("device_id")) else {
            throw device.wrongType("device_id", "the number of a device")
        }
        address = DeviceAddress(jid, id)
        bundleText = try device.string("bundle_xml")
        label = version == .v2 ? try RecordedDevice.label(device.members("label")) : nil
        var identity = try device.members("identity_key")
        seed = try identity.bytes("ed25519_seed")
        x25519Private = try identity.bytes("x25519_priv")
        ed25519Public = try identity.bytes("ed25519_pub")
        curve25519Public = try identity.bytes("curve25519_pub")
        let signBit = try identity.integer("ed25519_sign_bit")
        guard signBit == Int(ed25519Public.last ?? 0) >> 7 else { throw identity.failure("has another sign bit") }
        let fingerprint = try identity.string("fingerprint")
        guard Hex.bytes(of: fingerprint.filter { $0 != " " }) == curve25519Public else {
            throw identity.failure("has another fingerprint")
        }
        try identity.finish()
        var signed = try device.members("signed_pre_key")
        signedPreKey = try RecordedDevice.numbered(&signed)
        plainSignature = try signed.bytes("signature_ed25519")
        // 0.3 adds the key's sign bit to the signature
        signature = version == .v03 ? try signed.bytes("signature_on_wire") : plainSignature
        signed.ignore("note")
        try signed.finish()
        var keys: [Numbered] = []
        for value in try device.array("pre_keys") {
            var key = try Members(value, in: "a pre key of \(jid)")
            keys.append(try RecordedDevice.numbered(&key))
            try key.finish()
        }
        preKeys = keys
        try device.finish()
    }

    private static func label(_ members: Members) throws(FormatError) -> (text: String, signature: [UInt8]) {
        var label = members
        let text = try label.string("label")
        let signature = try label.base64("labelsig_b64")
        try label.finish()
        return (text, signature)
    }

    private static func numbered(_ members: inout Members) throws(FormatError) -> Numbered {
        Numbered(
            id: try members.number("id"), privateKey: try members.bytes("priv"), publicKey: try members.bytes("pub"))
    }

    /// The identity key, made from its seed. Every recorded form of it has to follow.
    func identity() throws(ReplayError) -> IdentityKeyPair {
        let seed = try RecordedDevice.secret(seed)
        let pair = IdentityKeyPair(seed: seed)
        try expect(pair.ed25519.bytes.array, ed25519Public, "the Ed25519 identity key of \(jid)")
        try expect(pair.x25519.bytes.array, curve25519Public, "the Curve25519 identity key of \(jid)")
        let scalar = Ed25519PrivateKey(seed: seed).x25519()
        try expect(scalar.span.array, x25519Private, "the private identity key of \(jid)")
        return pair
    }

    /// Holds all keys against each other, those too that the recording does not use.
    func check(_ suite: Suite) throws(ReplayError) {
        for key in preKeys { _ = try pair(key) }
        let signed = try verifiedSignedPreKey(suite)
        do throws(CryptoError) {
            try Ed25519PublicKey(ed25519Public.span).verify(plainSignature.span, of: suite.encode(signed.key).span)
        } catch {
            throw ReplayError("the plain signature of the signed prekey of \(jid) does not verify")
        }
    }

    /// The signed prekey as others see it, its signature checked.
    func verifiedSignedPreKey(_ suite: Suite) throws(ReplayError) -> SignedPreKey {
        let identity = try identity().publicKey(for: suite)
        let key = try pair(signedPreKey).publicKey
        return try replaying { () throws(RatchetError) in
            try SignedPreKey(
                id: signedPreKey.id, key: key, signature: signature.span, identity: identity, suite: suite)
        }
    }

    /// A prekey pair; its public half has to be the recorded one.
    func pair(_ key: Numbered) throws(ReplayError) -> X25519KeyPair {
        let pair = X25519KeyPair(X25519PrivateKey(try RecordedDevice.secret(key.privateKey)))
        try expect(pair.publicKey.bytes.array, key.publicKey, "the public half of prekey \(key.id) of \(jid)")
        return pair
    }

    /// DH1 to DH4 of a key agreement that this device starts.
    func agreementSecrets(
        with peer: RecordedDevice, _ preKey: Numbered, ephemeral: [UInt8]
    ) throws(ReplayError) -> [[UInt8]] {
        let pairs: [(private: [UInt8], public: [UInt8])] = [
            (x25519Private, peer.signedPreKey.publicKey), (ephemeral, peer.curve25519Public),
            (ephemeral, peer.signedPreKey.publicKey), (ephemeral, preKey.publicKey),
        ]
        return try pairs.map { pair throws(ReplayError) in
            let scalar = try RecordedDevice.secret(pair.private)
            do throws(CryptoError) {
                let shared = try X25519PrivateKey(scalar).sharedSecret(with: X25519PublicKey(pair.public.span))
                return shared.span.array
            } catch {
                throw ReplayError("a key agreement was refused for \(error.words)")
            }
        }
    }

    /// The prekey of a number.
    func preKey(_ id: UInt32) throws(ReplayError) -> Numbered {
        guard let key = preKeys.first(where: { $0.id == id }) else { throw ReplayError("\(jid) has no prekey \(id)") }
        return key
    }

    static func secret(_ bytes: [UInt8]) throws(ReplayError) -> Secret<32> {
        do throws(CryptoError) {
            return try Secret<32>(copying: bytes)
        } catch {
            throw ReplayError("a private key has not 32 bytes")
        }
    }
}

extension Members {
    /// A number that the protocols have 32 bits for.
    mutating func number(_ name: String) throws(FormatError) -> UInt32 {
        guard let number = UInt32(exactly: try integer(name)) else { throw wrongType(name, "a number of 32 bits") }
        return number
    }
}
