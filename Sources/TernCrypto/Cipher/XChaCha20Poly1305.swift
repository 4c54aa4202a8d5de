// Owns XChaCha20-Poly1305, whose nonces are long enough to be drawn at random for ever.
// It must not know what is sealed, nor where it is kept.

internal import CSodium

/// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) with keys of 32, nonces of 24 and tags of 16 bytes.
public enum XChaCha20Poly1305 {
    /// Bytes in a nonce.
    public static let nonceLength = 24
    /// Bytes in a tag, which follows the ciphertext.
    public static let tagLength = 16

    /// Encrypts a text. `output` takes the ciphertext and its tag.
    /// - Throws: ``CryptoError/wrongLength(_:)`` for a key, nonce or output of another length.
    @_lifetime(output: copy output)
    public static func seal(
        _ plaintext: Span<UInt8>, key: Span<UInt8>, nonce: Span<UInt8>, authenticating data: Span<UInt8> = Span(),
        into output: inout MutableSpan<UInt8>
    ) throws(CryptoError) {
        guard key.count == keyLength else { throw .wrongLength(key.count) }
        guard nonce.count == nonceLength else { throw .wrongLength(nonce.count) }
        guard output.count == plaintext.count + tagLength else { throw .wrongLength(output.count) }
        let (length, dataLength) = (UInt64(plaintext.count), UInt64(data.count))
        let code = unsafe output.withPointer { output in
            unsafe plaintext.withPointer { plaintext in
                unsafe data.withPointer { data in
                    unsafe nonce.withPointer { nonce in
                        unsafe key.withPointer { key in
                            unsafe crypto_aead_xchacha20poly1305_ietf_encrypt(
                                output, nil, plaintext, length, data, dataLength, nil, nonce, key)
                        }
                    }
                }
            }
        }
        Memory.burnStack()
        guard code == 0 else { throw .backend(code: Int(code)) }
    }

    /// Decrypts a ciphertext that its tag follows.
    /// - Throws: ``CryptoError/unauthentic`` when the tag does not fit, ``CryptoError/wrongLength(_:)`` for a key or nonce
    ///   of another length.
    public static func open(
        _ sealed: Span<UInt8>, key: Span<UInt8>, nonce: Span<UInt8>, authenticating data: Span<UInt8> = Span()
    ) throws(CryptoError) -> SecretBytes {
        guard key.count == keyLength else { throw .wrongLength(key.count) }
        guard nonce.count == nonceLength else { throw .wrongLength(nonce.count) }
        guard sealed.count >= tagLength else { throw .unauthentic }
        let (length, dataLength) = (UInt64(sealed.count), UInt64(data.count))
        var plaintext = SecretBytes(count: sealed.count - tagLength)
        var output = plaintext.mutableSpan
        let code = unsafe output.withPointer { output in
            unsafe sealed.withPointer { sealed in
                unsafe data.withPointer { data in
                    unsafe nonce.withPointer { nonce in
                        unsafe key.withPointer { key in
                            unsafe crypto_aead_xchacha20poly1305_ietf_decrypt(
                                output, nil, nil, sealed, length, data, dataLength, nonce, key)
                        }
                    }
                }
            }
        }
        Memory.burnStack()
        guard code == 0 else { throw .unauthentic }
        return plaintext
    }

    private static let keyLength = 32
}
