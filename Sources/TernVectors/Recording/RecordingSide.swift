// Owns one device of a conversation that is being recorded: its session, and how the session's state is written. It must not
// know the script.

internal import TernCrypto
internal import TernJSON
internal import TernOMEMO
internal import TernRatchet

/// A device with its session.
struct RecordingSide {
    let name: String
    let device: RecordedDevice
    var session: ReplaySession?
    /// Keys that the root chain has given.
    var rootLength = 0
    /// Whether the other side has shown that it has the session too.
    var isConfirmed = false

    init(_ name: String, _ device: RecordedDevice) {
        self.name = name
        self.device = device
    }

    /// A new session of this side's own, and the key agreement as it is written.
    mutating func initiate(
        with peer: RecordedDevice, _ version: Version, _ entropy: inout SeededEntropy
    ) throws(ReplayError) -> (agreement: JSONValue, ratchetKey: [UInt8]) {
        let preKey = peer.preKeys[Int(entropy.number(below: UInt32(peer.preKeys.count)))]
        let ephemeral = entropy.bytes(32)
        let ratchetKey = entropy.ratchetKey()
        let identity = try device.identity()
        let signedPreKey = try peer.verifiedSignedPreKey(version.suite)
        let oneTime = PreKey(id: preKey.id, key: try peer.pair(preKey).publicKey)
        var keys = RecordedKeys(ephemeral)
        let initiation = try replaying { () throws(RatchetError) in
            try X3DH.initiate(from: identity, to: signedPreKey, oneTime, suite: version.suite, keys: &keys)
        }
        try keys.check()
        let exchange = initiation.exchange
        let session = ReplaySession(initiation.takeRatchet(), exchange, pendingKey: ratchetKey)
        let secrets = try device.agreementSecrets(with: peer, preKey, ephemeral: ephemeral)
        let info = version.suite.agreementInfo.span
        let parties = session.ratchet.parties
        let agreement: JSONValue = [
            "ephemeral_priv": .hex(ephemeral), "ephemeral_pub": .hex(exchange.ephemeralKey.bytes.array),
            "pre_key_id": .number(String(preKey.id)), "signed_pre_key_id": .number(String(signedPreKey.id)),
            "dh1_ikA_spkB": .hex(secrets[0]), "dh2_ekA_ikB": .hex(secrets[1]), "dh3_ekA_spkB": .hex(secrets[2]),
            "dh4_ekA_opkB": .hex(secrets[3]),
            "info": .string(String(decoding: info.indices.map { info[$0] }, as: UTF8.self)),
            "shared_secret": .hex(session.ratchet.inspect().root),
            "associated_data": .hex(parties.local + parties.remote),
        ]
        self.session = session
        rootLength = 1
        return (agreement, ratchetKey)
    }

    /// The state in the model of python-doubleratchet, which turns its ratchet at once.
    func state() throws(ReplayError) -> JSONValue {
        guard let session else { return .null }
        let ratchet = try session.turned()
        let (parties, values) = (ratchet.parties, ratchet.inspect())
        let data = parties.isInitiator ? parties.local + parties.remote : parties.remote + parties.local
        // the first chain has none before it
        let previous: JSONValue = rootLength > 2 ? .number(String(values.previousLength)) : .null
        return [
            "initiation": .string(parties.isInitiator ? "ACTIVE" : "PASSIVE"), "confirmed": .boolean(isConfirmed),
            "associated_data": .hex(data),
            "double_ratchet": [
                "version": "1.0.0",
                "diffie_hellman_ratchet": [
                    "version": "1.0.0", "own_ratchet_priv": .hex(values.ownPrivate ?? []),
                    "other_ratchet_pub": .hex(values.remote ?? []),
                    "root_chain": RecordingSide.chain(values.root, rootLength),
                    "symmetric_key_ratchet": [
                        "version": "1.0.0", "receiving_chain": RecordingSide.chain(values.receiving),
                        "sending_chain": RecordingSide.chain(values.sending),
                        "previous_sending_chain_length": previous,
                    ],
                ],
                "skipped_message_keys": .array(
                    values.skipped.map { key in
                        [
                            "ratchet_pub": .hex(key.ratchetKey), "index": .number(String(key.index)),
                            "message_key": .hex(key.key),
                        ]
                    }),
            ],
        ]
    }

    private static func chain(_ chain: RatchetInspection.Chain?) -> JSONValue {
        guard let chain else { return .null }
        return self.chain(chain.key, Int(chain.length))
    }

    private static func chain(_ key: [UInt8], _ length: Int) -> JSONValue {
        ["version": "1.0.0", "length": .number(String(length)), "key": .hex(key)]
    }
}

extension SeededEntropy {
    /// A private ratchet key, clamped as it is kept.
    mutating func ratchetKey() -> [UInt8] {
        X25519PrivateKey(from: &self).span.array
    }
}
