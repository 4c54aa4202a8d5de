// Owns what a recorded message says, encrypted, with everything that it was encrypted with. It must not know ratchets.

internal import TernCore
internal import TernCrypto
internal import TernOMEMO

/// A payload whose key is known.
struct RecordedPayload {
    let payload: EncryptedMessage.Payload
    /// The body in OMEMO 0.3, the envelope in OMEMO 2; none in a message that says nothing.
    let plaintext: [UInt8]?
    /// What goes through the ratchet: the key, and behind it the tag where there is one.
    let material: [UInt8]
    /// How much of it is the key.
    let keyLength: Int

    var key: [UInt8] { Array(material.prefix(keyLength)) }
    var tag: [UInt8] { Array(material.dropFirst(keyLength)) }

    /// A message that says nothing.
    init(empty version: Version, _ entropy: inout SeededEntropy) {
        plaintext = nil
        switch version {
        case .v03:
            material = KeyTransport(from: &entropy).keyMaterial.exposed()
            payload = .absent(iv: entropy.bytes(12))
        case .v2:
            material = EmptyMessage.keyMaterial.exposed()
            payload = .absent(iv: [])
        }
        keyLength = material.count
    }

    /// The message of a number. Each is as long as no other near it.
    init(
        _ index: Int, _ version: Version, from author: BareJID, to recipient: BareJID?, _ entropy: inout SeededEntropy
    ) throws(ReplayError) {
        let body = "Message \(index): Grüße aus der Küche 🐦 " + String(repeating: "x", count: index * 7 % 40)
        do throws(SessionError) {
            switch version {
            case .v03:
                let sealed = try BodyPayload.sealed(body, entropy: &entropy)
                (payload, material, keyLength) = (.body(sealed.payload), sealed.keyMaterial.exposed(), 16)
                plaintext = Array(body.utf8)
            case .v2:
                let time = Timestamp(seconds: ReplayMachine.now.milliseconds / 1000 + Int64(index))
                let envelope = try Envelope(
                    .text(body), from: author, to: recipient, time: time, entropy: &entropy
                ).bytes()
                let sealed = try EnvelopePayload.sealed(envelope.span, entropy: &entropy)
                (payload, material, keyLength) = (.envelope(sealed.payload), sealed.keyMaterial.exposed(), 32)
                plaintext = envelope.exposed()
            }
        } catch {
            throw ReplayError("message \(index) cannot be encrypted: \(error.code)")
        }
    }
}
