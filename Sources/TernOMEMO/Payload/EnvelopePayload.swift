// Owns the payload of OMEMO 2: an envelope under AES-256-CBC and HMAC-SHA-256, whose key and tag go through the ratchet.
// It must not know what an envelope is, nor who the key goes to.

public import TernCore
public import TernCrypto

/// What a message of OMEMO 2 carries beside its keys (XEP-0384 §protocol-message_encryption).
public struct EnvelopePayload: Hashable, Sendable {
    /// The encrypted envelope.
    public let ciphertext: [UInt8]

    /// Takes what was received.
    public init(_ ciphertext: [UInt8]) {
        self.ciphertext = ciphertext
    }

    /// A payload with what opens it.
    public struct Sealed: ~Copyable {
        /// The payload.
        public let payload: EnvelopePayload
        /// 32 bytes of key and 16 of tag.
        public let keyMaterial: SecretBytes
    }

    /// Encrypts an envelope under a fresh key.
    public static func sealed(_ envelope: Span<UInt8>, entropy: inout some Entropy) throws(SessionError) -> Sealed {
        try sealed(envelope, key: Secret<32>(from: &entropy))
    }

    private static func sealed(_ envelope: Span<UInt8>, key: borrowing Secret<32>) throws(SessionError) -> Sealed {
        do throws(CryptoError) {
            let keys = try expanded(key.span)
            let ciphertext = try AESCBC.encrypt(
                envelope, key: keys.span.extracting(encryption), iv: keys.span.extracting(vector))
            let code = HMACSHA256.code(key: keys.span.extracting(authentication), ciphertext.span)
            var material = SecretBytes(count: keyLength + tagLength)
            var bytes = material.mutableSpan
            for index in 0..<keyLength { bytes[index] = key.span[index] }
            for index in 0..<tagLength { bytes[keyLength + index] = code.span[index] }
            return Sealed(payload: EnvelopePayload(ciphertext), keyMaterial: material)
        } catch {
            throw SessionError(error)
        }
    }

    /// Decrypts the envelope, once its tag has been checked in constant time.
    /// - Throws: ``TernCore/SessionError/unauthentic``; ``TernCore/SessionError/malformed`` for key material of another
    ///   length and for what an authentic sender padded wrongly.
    public func open(with keyMaterial: borrowing SecretBytes) throws(SessionError) -> SecretBytes {
        guard keyMaterial.count == EnvelopePayload.keyLength + EnvelopePayload.tagLength else { throw .malformed }
        do throws(CryptoError) {
            let keys = try EnvelopePayload.expanded(
                keyMaterial.span.extracting(first: EnvelopePayload.keyLength))
            try HMACSHA256.verify(
                keyMaterial.span.extracting(last: EnvelopePayload.tagLength),
                key: keys.span.extracting(EnvelopePayload.authentication), ciphertext.span)
            defer { Memory.burnStack() }
            var text = SecretBytes(count: ciphertext.count)
            var bytes = text.mutableSpan
            let count = try AESCBC.decrypt(
                ciphertext.span, key: keys.span.extracting(EnvelopePayload.encryption),
                iv: keys.span.extracting(EnvelopePayload.vector), into: &bytes)
            text.truncate(to: count)
            return text
        } catch {
            throw SessionError(error)
        }
    }

    private static func expanded(_ key: Span<UInt8>) throws(CryptoError) -> Secret<80> {
        let (salt, info) = (FixedBytes<32>(), EnvelopePayload.info)
        return try Secret<80> { keys throws(CryptoError) in
            try HKDFSHA256.derive(from: key, salt: salt.span, info: info.span, into: &keys)
        }
    }

    private static let info = InfoString("OMEMO Payload")
    private static let (keyLength, tagLength) = (32, 16)
    private static let (encryption, authentication, vector) = (0..<32, 32..<64, 64..<80)
}
