// Owns the signature form of OMEMO 0.3: Ed25519 under a key of which only the Curve25519 form is known.

/// Signatures as libsignal writes them: the signer's public key is a Curve25519 key, and the sign of its Edwards form
/// travels in bit 7 of the signature's last byte, which Ed25519 leaves clear.
public enum SignBitSignature {
    /// Signs with an Ed25519 key.
    public static func sign(_ message: Span<UInt8>, with key: borrowing Ed25519PrivateKey) -> FixedBytes<64> {
        var signature = key.sign(message)
        signature.storage[63] |= key.publicKey.bytes.storage[31] & 0x80
        return signature
    }

    /// Checks `signature` over `message` as strictly as ``Ed25519PublicKey/verify(_:of:)`` does.
    /// - Throws: ``CryptoError/unauthentic`` when it does not fit, ``CryptoError/wrongLength(_:)`` unless it has 64
    ///   bytes, ``CryptoError/invalidPublicKey`` for the one key that has no Edwards form.
    public static func verify(
        _ signature: Span<UInt8>, of message: Span<UInt8>, by key: X25519PublicKey
    ) throws(CryptoError) {
        var plain: FixedBytes<64> = try FixedBytes(signature)
        let signBit = plain.storage[63] & 0x80 != 0
        plain.storage[63] &= 0x7f
        try key.ed25519(signBit: signBit).verify(plain.span, of: message)
    }
}
