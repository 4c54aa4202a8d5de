// Owns recording one message for several devices. It must not know how a device or a payload is made.

internal import TernCore
internal import TernCrypto
internal import TernJSON
internal import TernOMEMO
internal import TernRatchet

/// A message for two devices of another account and for one of the sender's own.
enum FanoutRecorder {
    private static let sender = ConversationScript.Party(
        name: "alice", jid: "alice@example.org", device: 1111, signBit: 1)
    private static let recipients = [
        ConversationScript.Party(name: "bob-phone", jid: "bob@example.net", device: 2222, signBit: 0),
        ConversationScript.Party(name: "bob-desktop", jid: "bob@example.net", device: 3333, signBit: 1),
        ConversationScript.Party(name: "alice-tablet", jid: "alice@example.org", device: 4444, signBit: 0),
    ]

    static func record(
        _ version: Version, _ producer: JSONValue, _ seeded: SeededEntropy
    ) throws(ReplayError) -> JSONValue {
        var entropy = seeded
        let devices = try ([sender] + recipients).map { party throws(ReplayError) in
            try RecordedDevice(party.address(), named: party.name, signBit: party.signBit, version, from: &entropy)
        }
        let (author, others) = (devices[0], devices.dropFirst())
        let content = try RecordedPayload(33, version, from: author.jid, to: devices[1].jid, &entropy)
        var keys: [EncryptedKey] = []
        for device in others {
            var side = RecordingSide(sender.name, author)
            _ = try side.initiate(with: device, version, &entropy)
            guard let session = side.session else { continue }
            let bytes = try session.seal(content.material, version)
            let key = try replaying { () throws(RatchetError) in
                try KeyExchangeElement.encode(session.exchange, bytes, version)
            }
            keys.append(
                EncryptedKey(
                    for: device.id, of: version == .v2 ? device.jid : nil, isKeyExchange: true, bytes: key.span))
        }
        let plaintext = content.plaintext ?? []
        return [
            "format": .string(VectorFormat.fanout.rawValue), "namespace": .string(version.namespace),
            "producer": producer, "sender": author.json(version), "recipients": .array(others.map { $0.json(version) }),
            "plaintext": .hex(plaintext), "plaintext_utf8": .string(String(decoding: plaintext, as: UTF8.self)),
            "payload_key": .hex(content.key), "payload_auth_tag": .hex(content.tag),
            "encrypted_xml": .string(EncryptedMessage(content.payload, version, from: author.id, keys: keys).xml()),
        ]
    }
}
