// Owns the payload of OMEMO 0.3: a body under AES-128-GCM, whose key and tag go through the ratchet.
// It must not know who they go to.

internal import TernCrypto

/// What a message of OMEMO 0.3 carries beside its keys (XEP-0384 0.3.0 §4.6).
struct BodyPayload: Hashable, Sendable {
    /// The encrypted body, without its tag.
    let ciphertext: [UInt8]
    /// The nonce: 12 bytes are sent, 16 are accepted from old clients.
    let iv: [UInt8]

    /// Encrypts a body under a fresh key.
    static func sealed(_ body: String, entropy: inout some Entropy) throws(CryptoError) -> Sealed {
        let key = Secret<16>(from: &entropy)
        let iv = entropy.bytes(12)
        let sealed = try AESGCM.seal(Array(body.utf8).span, key: key.span, nonce: iv.span)
        var material = SecretBytes(count: 32)
        var bytes = material.mutableSpan
        for index in 0..<16 {
            bytes[index] = key.span[index]
            bytes[16 + index] = sealed.tag.storage[index]
        }
        return Sealed(payload: BodyPayload(ciphertext: sealed.ciphertext, iv: iv), keyMaterial: material)
    }

    /// A payload with what opens it.
    struct Sealed: ~Copyable {
        /// The payload.
        let payload: BodyPayload
        /// 16 bytes of key and 16 of tag.
        let keyMaterial: SecretBytes
    }

    /// Decrypts the body.
    /// - Throws: ``CryptoError/unauthentic``; ``CryptoError/wrongLength(_:)`` for key material without a tag, which one
    ///   recipient could forge for the others, and for a nonce of another length.
    func open(with keyMaterial: borrowing SecretBytes) throws(CryptoError) -> String {
        guard keyMaterial.count == 32 else { throw .wrongLength(keyMaterial.count) }
        guard iv.count == 12 || iv.count == 16 else { throw .wrongLength(iv.count) }
        let body = try AESGCM.open(
            ciphertext.span, tag: keyMaterial.span.extracting(last: 16), key: keyMaterial.span.extracting(first: 16),
            nonce: iv.span)
        guard let text = String(validating: body, as: UTF8.self) else { throw .malformedText }
        return text
    }
}
