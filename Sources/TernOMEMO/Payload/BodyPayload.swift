// Owns the payload of OMEMO 0.3: a body under AES-128-GCM, whose key and tag go through the ratchet.
// It must not know who they go to.

public import TernCore
public import TernCrypto

/// What a message of OMEMO 0.3 carries beside its keys (XEP-0384 0.3.0 §usecases-messagesend).
public struct BodyPayload: Hashable, Sendable {
    /// The encrypted body, without its tag.
    public let ciphertext: [UInt8]
    /// The nonce: 12 bytes are sent, 16 are accepted from old clients.
    public let iv: [UInt8]

    /// Takes what was received.
    /// - Returns: `nil` for a nonce of another length.
    public init?(ciphertext: [UInt8], iv: [UInt8]) {
        guard iv.count == 12 || iv.count == 16 else { return nil }
        self.ciphertext = ciphertext
        self.iv = iv
    }

    private init(sealed ciphertext: [UInt8], iv: [UInt8]) {
        self.ciphertext = ciphertext
        self.iv = iv
    }

    /// Encrypts a body under a fresh key.
    public static func sealed(_ body: String, entropy: inout some Entropy) throws(SessionError) -> Sealed {
        let key = Secret<16>(from: &entropy)
        let iv = entropy.bytes(12)
        do throws(CryptoError) {
            let sealed = try AESGCM.seal(Array(body.utf8).span, key: key.span, nonce: iv.span)
            var material = SecretBytes(count: 32)
            var bytes = material.mutableSpan
            for index in 0..<16 {
                bytes[index] = key.span[index]
                bytes[16 + index] = sealed.tag.storage[index]
            }
            return Sealed(payload: BodyPayload(sealed: sealed.ciphertext, iv: iv), keyMaterial: material)
        } catch {
            throw SessionError(error)
        }
    }

    /// A payload with what opens it.
    public struct Sealed: ~Copyable {
        /// The payload.
        public let payload: BodyPayload
        /// 16 bytes of key and 16 of tag.
        public let keyMaterial: SecretBytes
    }

    /// Where a tag may stand.
    public enum TagPlace: Hashable, Sendable {
        /// Behind the key, where each recipient's session protects it.
        case withKey
        /// Also at the end of the payload, as very old clients have it: any recipient can forge that for the others.
        case anywhere
    }

    /// Decrypts the body.
    /// - Throws: ``TernCore/SessionError/unauthentic``; ``TernCore/SessionError/unsupported`` for a key without a tag where
    ///   `tag` does not allow it; ``TernCore/SessionError/malformed`` for another length or a body that is not UTF-8.
    public func open(
        with keyMaterial: borrowing SecretBytes, tag place: TagPlace = .withKey
    ) throws(SessionError) -> String {
        switch keyMaterial.count {
        case 32:
            return try open(ciphertext.span, tag: keyMaterial.span.extracting(last: 16), keyMaterial.span)
        case 16:
            guard place == .anywhere else { throw .unsupported }
            guard ciphertext.count >= 16 else { throw .malformed }
            let text = ciphertext.span
            return try open(text.extracting(droppingLast: 16), tag: text.extracting(last: 16), keyMaterial.span)
        default: throw .malformed
        }
    }

    private func open(
        _ ciphertext: Span<UInt8>, tag: Span<UInt8>, _ keyMaterial: Span<UInt8>
    ) throws(SessionError) -> String {
        do throws(CryptoError) {
            var body = try AESGCM.open(
                ciphertext, tag: tag, key: keyMaterial.extracting(first: 16), nonce: iv.span)
            let text = String(validating: body, as: UTF8.self)
            var bytes = body.mutableSpan
            Memory.wipe(&bytes)
            guard let text else { throw CryptoError.malformedText }
            return text
        } catch {
            throw SessionError(error)
        }
    }
}
