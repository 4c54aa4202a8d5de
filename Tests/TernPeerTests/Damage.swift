// Owns what happens to elements on their way that nobody may accept afterwards. It must not know who refuses them.

import Testing

import TernCore
import TernCrypto
import TernOMEMO
import TernTestKit
import TernXML

/// Copies of elements with one changed bit.
enum Damage {
    /// Copies of a message, each with one bit changed in what some code covers: the ratchet's message for `destination`
    /// or the payload.
    static func copies(
        of element: String, for destination: DeviceAddress, count: Int, _ dice: inout Dice
    ) throws -> [String] {
        let message = try EncryptedMessage(try XMLParser.parse(element))
        let key = try #require(try message.keys(for: destination).first)
        let bytes = try key.bytes()
        let covered = try key.isKeyExchange ? place(of: message, in: bytes) : bytes.indices
        return try (0..<count).map { number in
            // Half of them in the payload, where there is one.
            if number.isMultiple(of: 2), let copy = try changingPayload(of: message, &dice) { return copy.xml() }
            var changed = bytes
            changed[covered.lowerBound + dice.below(covered.count)] ^= 1 << UInt8(dice.below(8))
            let damaged = EncryptedKey(
                for: key.device, of: key.jid, isKeyExchange: key.isKeyExchange, bytes: changed.span)
            return try message.with(message.payload, [damaged]).xml()
        }
    }

    /// A copy of a bundle whose signature has one changed bit.
    static func signature(of bundle: Element) throws -> Element {
        try changing(bundle) { child in
            guard ["spks", "signedPreKeySignature"].contains(child.name) else { return child }
            var bytes = try Base64.decode(child.text)
            bytes[10] ^= 1
            return Element(child.name, namespace: child.namespace, text: Base64.encode(bytes.span))
        }
    }

    /// A copy of a bundle with the signed prekey of another.
    static func signedPreKey(of bundle: Element, from other: Element) throws -> Element {
        try changing(bundle) { child in
            guard ["spk", "signedPreKeyPublic"].contains(child.name) else { return child }
            return try #require(other.only(child.name))
        }
    }

    private static func changing(_ bundle: Element, _ change: (Element) throws -> Element) throws -> Element {
        let changed = Element(bundle.name, namespace: bundle.namespace, elements: try bundle.elements.map(change))
        try #require(changed != bundle)
        return changed
    }

    /// Where the ratchet's message lies in a key exchange. What stands beside it in OMEMO 0.3 no code covers: the versions
    /// that the sender could also speak, a number that nobody uses.
    private static func place(of message: EncryptedMessage, in bytes: [UInt8]) throws -> Range<Int> {
        let inner = try KeyExchangeElement.decode(bytes, message.version).message
        let start = try #require((0...(bytes.count - inner.count)).first { bytes[$0...].starts(with: inner) })
        return start..<start + inner.count
    }

    private static func changingPayload(
        of message: EncryptedMessage, _ dice: inout Dice
    ) throws -> EncryptedMessage? {
        func changed(_ bytes: [UInt8]) -> [UInt8] {
            var bytes = bytes
            bytes[dice.below(bytes.count)] ^= 1 << UInt8(dice.below(8))
            return bytes
        }
        switch message.payload {
        case .absent: return nil
        case .envelope(let envelope):
            return try message.with(.envelope(EnvelopePayload(changed(envelope.ciphertext))), message.keys)
        case .body(let body):
            return try message.with(
                .body(try #require(BodyPayload(ciphertext: changed(body.ciphertext), iv: body.iv))), message.keys)
        }
    }
}

extension EncryptedMessage {
    /// The same header over something else.
    fileprivate func with(_ payload: Payload, _ keys: [EncryptedKey]) throws -> EncryptedMessage {
        switch payload {
        case .body(let body): EncryptedMessage(body, from: sender, keys: keys)
        case .envelope(let envelope): EncryptedMessage(envelope, from: sender, keys: keys)
        case .absent(let iv): EncryptedMessage(empty: version, iv: iv, from: sender, keys: keys)
        }
    }
}
