// Owns what happens to a message on its way that nobody may read afterwards. It must not know what the message says.

internal import TernCore
internal import TernCrypto
internal import TernOMEMO

extension SimulatedNetwork.Parcel {
    /// Whether the message begins a session for its destination.
    var isKeyExchange: Bool {
        (try? message.keys(for: destination))?.contains(where: \.isKeyExchange) ?? false
    }

    /// A copy with one changed bit, in the key for the destination or in the payload.
    func tampered(_ dice: inout Dice) -> SimulatedNetwork.Parcel? {
        guard let own = try? message.keys(for: destination).first, var bytes = try? own.bytes() else { return nil }
        var payload = message.payload
        // What libsignal puts in front of a key exchange says which versions its sender could also speak. No code covers it.
        let start = message.version == .v03 && own.isKeyExchange ? 1 : 0
        if dice.percent(50) || !payload.flip(&dice) { bytes.flip(&dice, from: start) }
        let key = EncryptedKey(for: own.device, of: own.jid, isKeyExchange: own.isKeyExchange, bytes: bytes.span)
        let changed: EncryptedMessage
        switch payload {
        case .body(let body): changed = EncryptedMessage(body, from: message.sender, keys: [key])
        case .envelope(let envelope): changed = EncryptedMessage(envelope, from: message.sender, keys: [key])
        case .absent(let iv):
            changed = EncryptedMessage(empty: message.version, iv: iv, from: message.sender, keys: [key])
        }
        guard changed != message else { return nil }
        return SimulatedNetwork.Parcel(
            number: number, message: changed, text: text, sender: sender, recipient: recipient,
            destination: destination, isTampered: true)
    }
}

extension EncryptedMessage.Payload {
    /// Changes one bit.
    /// - Returns: Whether there was one.
    fileprivate mutating func flip(_ dice: inout Dice) -> Bool {
        switch self {
        case .absent: return false
        case .envelope(let envelope):
            var bytes = envelope.ciphertext
            bytes.flip(&dice)
            self = .envelope(EnvelopePayload(bytes))
        case .body(let body):
            var bytes = body.ciphertext
            bytes.flip(&dice)
            guard let changed = BodyPayload(ciphertext: bytes, iv: body.iv) else { return false }
            self = .body(changed)
        }
        return true
    }
}

extension [UInt8] {
    fileprivate mutating func flip(_ dice: inout Dice, from start: Int = 0) {
        guard count > start else { return }
        self[start + dice.below(count - start)] ^= 1 << UInt8(dice.below(8))
    }
}
