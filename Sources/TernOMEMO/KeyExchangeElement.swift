// Owns wrapping a message in its key exchange and unwrapping it, in both versions. It must not know sessions.

internal import TernCrypto
package import TernRatchet
internal import TernWire

/// What a `<key>` element with a key exchange carries.
package enum KeyExchangeElement {
    /// Wraps a message. The registration id of OMEMO 0.3, which nobody in XMPP uses, is left out.
    /// - Throws: ``TernRatchet/RatchetError/malformed`` for bytes that are no framed message.
    package static func encode(
        _ exchange: KeyExchange, _ message: [UInt8], _ version: Version
    ) throws(RatchetError) -> [UInt8] {
        do throws(WireError) {
            switch version {
            case .v03:
                return PreKeySignalMessage(
                    registrationID: nil, preKeyID: exchange.preKeyID, signedPreKeyID: exchange.signedPreKeyID,
                    baseKey: exchange.ephemeralKey.bytes.storage, identityKey: exchange.identity.x25519.bytes.storage,
                    message: try SignalAuthenticatedMessage(decoding: message)
                ).encoded
            case .v2:
                let encoded = exchange.identity.encoded
                return OMEMOKeyExchange(
                    pkID: exchange.preKeyID, spkID: exchange.signedPreKeyID, ik: KeyBytes { encoded[$0] },
                    ek: exchange.ephemeralKey.bytes.storage,
                    message: try OMEMOAuthenticatedMessage(decoding: message)
                ).encoded
            }
        } catch {
            throw .malformed
        }
    }

    /// Unwraps a message. Nothing about it is authenticated.
    /// - Parameter known: The key that its sender is known by; others are as good.
    /// - Throws: ``TernRatchet/RatchetError/malformed`` for bytes that are none, or that name no one-time prekey (XEP-0384
    ///   §protocol-x3dh), ``TernRatchet/RatchetError/invalidKey`` for keys that are none.
    package static func decode(
        _ element: [UInt8], _ version: Version, known: IdentityPublicKey? = nil
    ) throws(RatchetError) -> (exchange: KeyExchange, message: [UInt8]) {
        let parts: (signed: UInt32, oneTime: UInt32?, ephemeral: KeyBytes, identity: [UInt8], message: [UInt8])
        do throws(WireError) {
            switch version {
            case .v03:
                let read = try PreKeySignalMessage(decoding: element)
                parts = (
                    read.signedPreKeyID, read.preKeyID, read.baseKey, [0x05] + FixedBytes(read.identityKey).array,
                    read.message.encoded
                )
            case .v2:
                let read = try OMEMOKeyExchange(decoding: element)
                parts = (read.spkID, read.pkID, read.ek, FixedBytes(read.ik).array, read.message.encoded)
            }
        } catch {
            throw .malformed
        }
        guard let preKeyID = parts.oneTime else { throw .malformed }
        guard let ephemeral = try? X25519PublicKey(FixedBytes(parts.ephemeral)) else { throw .invalidKey }
        let encoded = parts.identity
        let identity = try IdentityPublicKey(encoded: encoded.span, suite: version.suite, known: known)
        let exchange = KeyExchange(
            signedPreKeyID: parts.signed, preKeyID: preKeyID, ephemeralKey: ephemeral, identity: identity)
        return (exchange, parts.message)
    }
}
