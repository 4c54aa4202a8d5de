// Owns making a device for a recording, and how its keys are written. It must not know what it says to whom.

internal import TernCore
internal import TernCrypto
internal import TernJSON
internal import TernOMEMO
internal import TernRatchet
internal import TernXML

extension RecordedDevice {
    /// One-time prekeys that a recorded device has: enough for a choice.
    private static let preKeyCount: UInt32 = 25

    /// Draws all keys of a device. Both signs of the Ed25519 key are worth a recording, so the sign is chosen.
    init(
        _ address: DeviceAddress, named name: String, signBit: UInt8, _ version: Version,
        from entropy: inout SeededEntropy
    ) throws(ReplayError) {
        let suite = version.suite
        var seed = entropy.bytes(32)
        while try RecordedDevice.signBit(of: seed) != signBit { seed = entropy.bytes(32) }
        let identity = IdentityKeyPair(seed: try RecordedDevice.secret(seed))
        let signed = try RecordedDevice.numbered(1, from: &entropy)
        var preKeys: [Numbered] = []
        for id in 1...RecordedDevice.preKeyCount { preKeys.append(try RecordedDevice.numbered(id, from: &entropy)) }
        let bundle = OwnBundle(
            signedPreKey: try RecordedDevice.published(signed),
            preKeys: try preKeys.map { key throws(ReplayError) in try RecordedDevice.published(key) }
        ).signed(by: identity, version: version, entropy: &entropy)
        self.address = address
        bundleText = try replayingStanza("the bundle") { () throws(SessionError) in
            let element = try bundle.element()
            do throws(XMLError) { return try element.serialized() } catch { throw .malformed }
        }
        let text = "\(name) on Tern"
        let labelSignature = identity.sign(Array(text.utf8).span, suite: .omemo2, entropy: &entropy).array
        label = version == .v2 ? (text, labelSignature) : nil
        self.seed = seed
        x25519Private = Ed25519PrivateKey(seed: try RecordedDevice.secret(seed)).x25519().span.array
        ed25519Public = identity.ed25519.bytes.array
        curve25519Public = identity.x25519.bytes.array
        signedPreKey = signed
        signature = bundle.signature.array
        var plain = signature
        if suite.identityForm == .curve25519 { plain[63] &= 0x7f }
        plainSignature = plain
        self.preKeys = preKeys
    }

    private static func signBit(of seed: [UInt8]) throws(ReplayError) -> UInt8 {
        Ed25519PrivateKey(seed: try secret(seed)).publicKey.bytes.array[31] >> 7
    }

    private static func numbered(_ id: UInt32, from entropy: inout SeededEntropy) throws(ReplayError) -> Numbered {
        let key = entropy.bytes(32)
        let publicKey = X25519PrivateKey(try secret(key)).publicKey()
        return Numbered(id: id, privateKey: key, publicKey: publicKey.bytes.array)
    }

    private static func published(_ key: Numbered) throws(ReplayError) -> PreKey {
        PreKey(id: key.id, key: X25519PrivateKey(try secret(key.privateKey)).publicKey())
    }

    // MARK: - Writing

    /// The device as both recorded formats have it.
    func json(_ version: Version) -> JSONValue {
        var object = JSONObject()
        object["bare_jid"] = .string(jid.description)
        object["device_id"] = .number(id.description)
        let fingerprint = Hex.text(of: curve25519Public)
        object["identity_key"] = [
            "ed25519_seed": .hex(seed), "x25519_priv": .hex(x25519Private), "ed25519_pub": .hex(ed25519Public),
            "ed25519_sign_bit": .number(String(ed25519Public[31] >> 7)), "curve25519_pub": .hex(curve25519Public),
            "fingerprint": .string(
                stride(from: 0, to: 64, by: 8).map { String(fingerprint.dropFirst($0).prefix(8)) }
                    .joined(separator: " ")),
        ]
        var signed = JSONObject([
            .init(name: "id", value: .number(String(signedPreKey.id))),
            .init(name: "priv", value: .hex(signedPreKey.privateKey)),
            .init(name: "pub", value: .hex(signedPreKey.publicKey)),
            .init(name: "signature_ed25519", value: .hex(plainSignature)),
        ])
        if version == .v03 { signed["signature_on_wire"] = .hex(signature) }
        object["signed_pre_key"] = .object(signed)
        object["pre_keys"] = .array(
            preKeys.map { key in
                ["id": .number(String(key.id)), "priv": .hex(key.privateKey), "pub": .hex(key.publicKey)]
            })
        object["bundle_xml"] = .string(bundleText)
        if let label {
            object["label"] = [
                "label": .string(label.text), "labelsig_b64": .string(Base64.encode(label.signature.span)),
            ]
        }
        return .object(object)
    }
}

extension JSONValue {
    /// Bytes as the formats have them.
    static func hex(_ bytes: [UInt8]) -> JSONValue { .string(Hex.text(of: bytes)) }
}
