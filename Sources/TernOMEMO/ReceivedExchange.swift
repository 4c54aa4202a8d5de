// Owns the step between a key exchange of OMEMO 0.3 on the wire and the ratchet's terms. It must not know sessions.

internal import TernCore
internal import TernCrypto
internal import TernRatchet
internal import TernWire

/// A key exchange that was received, with the message in it. Nothing about it is authenticated.
struct ReceivedExchange {
    /// The public part.
    let exchange: KeyExchange
    /// The framed message.
    let message: [UInt8]

    /// - Throws: ``SessionError/noSession`` for a message without a key exchange, ``SessionError/malformed`` for one that is
    ///   none, or that names no one-time prekey (XEP-0384 §protocol-x3dh).
    init(_ key: EncryptedBody.Key) throws(SessionError) {
        guard key.isKeyExchange else { throw .noSession }
        do {
            let received = try PreKeySignalMessage(decoding: key.bytes)
            guard let preKeyID = received.preKeyID else { throw SessionError.malformed }
            let identity = Suite.omemo03.encode(try X25519PublicKey(FixedBytes(received.identityKey)))
            exchange = KeyExchange(
                signedPreKeyID: received.signedPreKeyID, preKeyID: preKeyID,
                ephemeralKey: try X25519PublicKey(FixedBytes(received.baseKey)),
                identity: try IdentityPublicKey(encoded: identity.span, suite: .omemo03))
            message = received.message.encoded
        } catch {
            throw .malformed
        }
    }

    /// A key exchange around a framed message.
    /// - Throws: ``RatchetError/malformed`` for bytes that are no framed message.
    static func encode(_ exchange: KeyExchange, around message: [UInt8]) throws(RatchetError) -> [UInt8] {
        do {
            return PreKeySignalMessage(
                preKeyID: exchange.preKeyID, signedPreKeyID: exchange.signedPreKeyID,
                baseKey: exchange.ephemeralKey.bytes.storage, identityKey: exchange.identity.x25519.bytes.storage,
                message: try SignalAuthenticatedMessage(decoding: message)
            ).encoded
        } catch {
            throw .malformed
        }
    }
}
