// Owns the way between a recorded stanza and its plaintext, in both directions. It must not know how a key is found by the
// ratchet.

internal import TernCore
internal import TernCrypto
internal import TernOMEMO
internal import TernXML

extension RecordedStanza {
    func element() throws(ReplayError) -> Element {
        do throws(XMLError) {
            return try XMLParser.parse(text)
        } catch {
            throw ReplayError("the stanza is no XML")
        }
    }

    /// The element as a device reads it.
    func message(_ version: Version) throws(ReplayError) -> EncryptedMessage {
        let element = try element()
        let message = try replayingStanza("the stanza") { () throws(SessionError) in try EncryptedMessage(element) }
        try expect(message.version.namespace, version.namespace, "the stanza's version")
        try expect(Int(message.sender.value), sender, "the stanza's sending device")
        return message
    }

    // MARK: - Receiving

    /// The one key for a device.
    func key(
        for device: RecordedDevice, in message: EncryptedMessage
    ) throws(ReplayError) -> (element: EncryptedKey, bytes: [UInt8]) {
        try replayingStanza("the key for device \(device.id)") { () throws(SessionError) in
            let found = try message.keys(for: device.address)
            guard found.count == 1 else { throw .malformed }
            return (found[0], try found[0].bytes())
        }
    }

    /// Opens the payload with what came through the ratchet, and compares what it says.
    func open(
        _ message: EncryptedMessage, with keyMaterial: borrowing SecretBytes, from author: RecordedDevice,
        to recipient: BareJID
    ) throws(ReplayError) {
        let opened: [UInt8]?
        do throws(SessionError) {
            switch message.payload {
            case .absent: opened = nil
            case .body(let body): opened = Array(try body.open(with: keyMaterial).utf8)
            case .envelope(let payload): opened = try payload.open(with: keyMaterial).exposed()
            }
            if message.version == .v2, let opened {
                let envelope = try Envelope(opened.span)
                try envelope.check(
                    sender: author.jid, recipient: recipient, room: nil, now: envelope.time ?? Timestamp(seconds: 0))
            }
        } catch {
            throw ReplayError("the payload is refused: \(error.code)")
        }
        try expect(opened, plaintext, "the plaintext")
    }

    // MARK: - Sending

    /// Encrypts the plaintext again under the recorded key and nonce.
    func sealed(_ version: Version, iv: [UInt8]) throws(ReplayError) -> EncryptedMessage.Payload {
        let material = payloadKey + payloadTag
        guard let plaintext else {
            guard version == .v2 else { return .absent(iv: iv) }
            try expect(material, EmptyMessage.keyMaterial.exposed(), "what the ratchet of an empty message encrypts")
            return .absent(iv: [])
        }
        var entropy = RecordedEntropy()
        entropy.expect(version == .v03 ? [.bytes(payloadKey), .bytes(iv)] : [.bytes(payloadKey)])
        let payload: EncryptedMessage.Payload
        let keyMaterial: [UInt8]
        do throws(SessionError) {
            switch version {
            case .v03:
                let sealed = try BodyPayload.sealed(String(decoding: plaintext, as: UTF8.self), entropy: &entropy)
                (payload, keyMaterial) = (.body(sealed.payload), sealed.keyMaterial.exposed())
            case .v2:
                let sealed = try EnvelopePayload.sealed(plaintext.span, entropy: &entropy)
                (payload, keyMaterial) = (.envelope(sealed.payload), sealed.keyMaterial.exposed())
            }
        } catch {
            throw ReplayError("the plaintext cannot be encrypted: \(error.code)")
        }
        try entropy.check()
        try expect(keyMaterial, material, "the payload's key and tag")
        return payload
    }

    /// Holds the stanza against the one that is made of the same parts.
    func check(
        _ key: [UInt8], isKeyExchange: Bool, from own: RecordedDevice, to peer: RecordedDevice, _ version: Version
    ) throws(ReplayError) {
        try expect(sender, Int(own.id.value), "the number of the sending device")
        try expect(recipient, Int(peer.id.value), "the number of the receiving device")
        let message = try message(version)
        try expect(message.payload.ciphertext, payload, "the payload")
        try expect(message.payload.iv, iv, "the nonce")
        let element = EncryptedKey(
            for: peer.id, of: version == .v2 ? peer.jid : nil, isKeyExchange: isKeyExchange, bytes: key.span)
        let made = EncryptedMessage(try sealed(version, iv: iv), version, from: own.id, keys: [element])
        guard message == made else { throw ReplayError("the stanza is not what its parts make") }
    }
}

/// Runs a step that the recording says succeeded.
func replayingStanza<Result>(_ what: String, _ body: () throws(SessionError) -> Result) throws(ReplayError) -> Result {
    do throws(SessionError) {
        return try body()
    } catch {
        throw ReplayError("\(what) is refused: \(error.code)")
    }
}

extension EncryptedMessage {
    init(_ payload: Payload, _ version: Version, from sender: DeviceID, keys: [EncryptedKey]) {
        switch payload {
        case .body(let body): self.init(body, from: sender, keys: keys)
        case .envelope(let envelope): self.init(envelope, from: sender, keys: keys)
        case .absent(let iv): self.init(empty: version, iv: iv, from: sender, keys: keys)
        }
    }
}

extension EncryptedMessage.Payload {
    /// What is encrypted; none in a message that says nothing.
    var ciphertext: [UInt8]? {
        switch self {
        case .body(let body): body.ciphertext
        case .envelope(let envelope): envelope.ciphertext
        case .absent: nil
        }
    }

    /// The nonce, in OMEMO 0.3.
    var iv: [UInt8] {
        switch self {
        case .body(let body): body.iv
        case .envelope: []
        case .absent(let iv): iv
        }
    }
}
