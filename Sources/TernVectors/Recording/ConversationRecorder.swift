// Owns recording a conversation of two devices after a script, event by event. It must not know how a device or a payload is
// made.

internal import TernCore
internal import TernCrypto
internal import TernJSON
internal import TernOMEMO
internal import TernRatchet

/// A conversation as far as it was recorded.
struct ConversationRecorder {
    private struct Message {
        let sender: Int
        let key: [UInt8]
        let isKeyExchange: Bool
        let header: MessageHeader
    }

    private let version: Version
    private var entropy: SeededEntropy
    private var sides: [RecordingSide]
    private var messages: [Message] = []
    private var events: [JSONValue] = []

    /// Records the whole script.
    static func record(
        _ version: Version, _ producer: JSONValue, _ entropy: SeededEntropy
    ) throws(ReplayError) -> JSONValue {
        var recorder = try ConversationRecorder(version, entropy)
        for step in ConversationScript.steps {
            switch step {
            case .send(let side): try recorder.send(from: side, isEmpty: false)
            case .sendEmpty(let side): try recorder.send(from: side, isEmpty: true)
            case .receive(let index): try recorder.receive(index, tampering: nil)
            case .receiveChanged(let index, let place): try recorder.receive(index, tampering: place(version))
            }
        }
        let parties = recorder.sides.map { JSONObject.Member(name: $0.name, value: $0.device.json(version)) }
        return [
            "format": .string(VectorFormat.transcript.rawValue),
            "name": version == .v03 ? "omemo 0.3 transcript" : "omemo:2 transcript",
            "namespace": .string(version.namespace), "producer": producer, "parties": .object(JSONObject(parties)),
            "events": .array(recorder.events),
        ]
    }

    private init(_ version: Version, _ entropy: SeededEntropy) throws(ReplayError) {
        self.version = version
        var entropy = entropy
        sides = try ConversationScript.parties.map { party throws(ReplayError) in
            let device = try RecordedDevice(
                party.address(), named: party.name, signBit: party.signBit, version, from: &entropy)
            return RecordingSide(party.name, device)
        }
        self.entropy = entropy
    }

    // MARK: - Sending

    private mutating func send(from side: Int, isEmpty: Bool) throws(ReplayError) {
        let index = messages.count
        let (own, peer) = (sides[side].device, sides[1 - side].device)
        var event = JSONObject([
            .init(name: "op", value: "send"), .init(name: "index", value: .number(String(index))),
            .init(name: "from", value: .string(sides[side].name)),
            .init(name: "to", value: .string(sides[1 - side].name)), .init(name: "empty", value: .boolean(isEmpty)),
        ])
        var ratchetKeys: [JSONValue] = []
        if sides[side].session == nil {
            let (agreement, ratchetKey) = try sides[side].initiate(with: peer, version, &entropy)
            event["x3dh"] = agreement
            ratchetKeys = [.hex(ratchetKey)]
        }
        guard let session = sides[side].session else { return }
        let content =
            isEmpty
            ? RecordedPayload(empty: version, &entropy)
            : try RecordedPayload(index, version, from: own.jid, to: peer.jid, &entropy)
        let isKeyExchange = session.ratchet.parties.isInitiator && !session.ratchet.hasReceived
        let outgoing = try session.upcoming()
        let bytes = try session.seal(content.material, version)
        let version = version
        let key = try replaying { () throws(RatchetError) in
            isKeyExchange ? try KeyExchangeElement.encode(session.exchange, bytes, version) : bytes
        }
        messages.append(Message(sender: side, key: key, isKeyExchange: isKeyExchange, header: outgoing.header))
        let element = EncryptedKey(
            for: peer.id, of: version == .v2 ? peer.jid : nil, isKeyExchange: isKeyExchange, bytes: key.span)
        event["kex"] = .boolean(isKeyExchange)
        event["sid"] = .number(own.id.description)
        event["rid"] = .number(peer.id.description)
        event["plaintext"] = content.plaintext.map { .hex($0) } ?? .null
        event["plaintext_utf8"] = content.plaintext.map { .string(String(decoding: $0, as: UTF8.self)) } ?? .null
        event["encrypted_xml"] = .string(
            EncryptedMessage(content.payload, version, from: own.id, keys: [element]).xml())
        event["key_b64"] = .string(Base64.encode(key.span))
        event["payload"] = content.payload.ciphertext.map { .hex($0) } ?? .null
        if version == .v03 { event["iv"] = .hex(content.payload.iv) }
        event["internals"] = [
            "header": [
                "n": .number(String(outgoing.header.index)), "pn": .number(String(outgoing.header.previousLength)),
                "dh_pub": .hex(outgoing.header.ratchetKey.bytes.array),
            ],
            "message_key": .hex(outgoing.key.span.array), "ratchet_plaintext": .hex(content.material),
            "payload_key": .hex(content.key), "payload_auth_tag": .hex(content.tag),
        ]
        event["new_ratchet_privs"] = .array(ratchetKeys)
        event["state"] = try sides[side].state()
        events.append(.object(event))
    }

    // MARK: - Receiving

    private mutating func receive(_ index: Int, tampering place: Int?) throws(ReplayError) {
        let message = messages[index]
        let side = 1 - message.sender
        var event = JSONObject([
            .init(name: "op", value: "receive"), .init(name: "index", value: .number(String(index))),
            .init(name: "by", value: .string(sides[side].name)),
        ])
        var key = message.key
        if let place {
            key[key.count + place] ^= 1
            event["tampered_key_b64"] = .string(Base64.encode(key.span))
            event["tamper"] = .string("bit 0 of byte \(place) of the decoded key element flipped")
        }
        let recipient = Recipient(device: sides[side].device, version: version, session: sides[side].session)
        let identity = try sides[side].device.identity()
        let before = recipient.session?.ratchet.inspect().remote
        var ratchetKeys: [JSONValue] = []
        do throws(RatchetError) {
            let arrived = try recipient.open(key, isKeyExchange: message.isKeyExchange, identity)
            let isNew = arrived.isNew
            let session = arrived.commit(pendingKey: nil)
            if isNew { event["session_built"] = true }
            event["result"] = "ok"
            if isNew || session.ratchet.inspect().remote != before {
                let ratchetKey = entropy.ratchetKey()
                session.pendingKey = ratchetKey
                ratchetKeys = [.hex(ratchetKey)]
                sides[side].rootLength = isNew ? 2 : sides[side].rootLength + 2
            }
            sides[side].isConfirmed = !isNew
            sides[side].session = session
        } catch {
            event["result"] = "error"
            event["error_class"] = .string(name(of: error, message, before))
        }
        event["new_ratchet_privs"] = .array(ratchetKeys)
        event["state"] = try sides[side].state()
        events.append(.object(event))
    }

    /// The format's names. That a message of an ended chain was read before is more than everybody can tell.
    private func name(of error: RatchetError, _ message: Message, _ remote: [UInt8]?) -> String {
        switch error {
        case .unauthentic: "authentication_failed"
        case .duplicate where message.header.ratchetKey.bytes.array != remote: "duplicate_old_chain"
        case .duplicate: "duplicate"
        default: error.words
        }
    }
}
