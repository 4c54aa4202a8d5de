// Owns AES-CBC with PKCS#7 padding. It does not authenticate: a caller checks a message code first.

/// AES in cipher block chaining mode (NIST SP 800-38A) with PKCS#7 padding (RFC 5652 §6.3).
public enum AESCBC {
    /// Bytes in a block, and in the initialisation vector.
    public static let blockLength = 16

    /// Bytes in the ciphertext of `count` bytes: there is always padding.
    public static func ciphertextLength(of count: Int) -> Int {
        (count / blockLength + 1) * blockLength
    }

    /// Encrypts under a key of 16, 24 or 32 bytes.
    /// - Throws: ``CryptoError/wrongLength(_:)`` for a key or `iv` of another length.
    public static func encrypt(
        _ plaintext: Span<UInt8>, key: Span<UInt8>, iv: Span<UInt8>
    ) throws(CryptoError) -> [UInt8] {
        var ciphertext = [UInt8](repeating: 0, count: ciphertextLength(of: plaintext.count))
        var output = ciphertext.mutableSpan
        defer { Memory.burnStack() }
        try write(encrypted: plaintext, key: key, iv: iv, into: &output)
        return ciphertext
    }

    /// Decrypts what a message code has vouched for.
    /// - Returns: The plaintext, which the caller wipes where it is secret.
    /// - Throws: ``CryptoError/malformedCiphertext`` for a wrong length or padding, ``CryptoError/wrongLength(_:)`` for a
    ///   key or `iv` of another length.
    public static func decrypt(
        _ ciphertext: Span<UInt8>, key: Span<UInt8>, iv: Span<UInt8>
    ) throws(CryptoError) -> [UInt8] {
        var plaintext = [UInt8](repeating: 0, count: ciphertext.count)
        var output = plaintext.mutableSpan
        defer { Memory.burnStack() }
        let count = try decrypt(ciphertext, key: key, iv: iv, into: &output)
        plaintext.removeLast(plaintext.count - count)
        return plaintext
    }

    /// Fills `output`, which has ``ciphertextLength(of:)`` bytes. The caller burns the stack.
    @_lifetime(output: copy output)
    package static func write(
        encrypted plaintext: Span<UInt8>, key: Span<UInt8>, iv: Span<UInt8>, into output: inout MutableSpan<UInt8>
    ) throws(CryptoError) {
        precondition(output.count == ciphertextLength(of: plaintext.count), "the output has the ciphertext's length")
        guard iv.count == blockLength else { throw .wrongLength(iv.count) }
        guard let kind = CipherKind.cbc(keyLength: key.count) else { throw .wrongLength(key.count) }
        let handle = try CipherHandle(ofThread: kind)
        defer { handle.wipeEncryption(keyLength: key.count) }
        try handle.setKey(key)
        try handle.setNonce(iv)
        let (count, total) = (plaintext.count, output.count)
        unsafe output.withPointer { output in
            unsafe plaintext.withPointer { unsafe output.update(from: $0, count: count) }
            unsafe (output + count).update(repeating: UInt8(total - count), count: total - count)
        }
        try handle.encrypt(inPlace: &output)
    }

    /// Decrypts to `output`, which is as long as `text`, and tells how many of its bytes are plaintext. The caller burns
    /// the stack.
    ///
    /// A text that is wrongly padded is wiped: there is no plaintext.
    @_lifetime(output: copy output)
    package static func decrypt(
        _ text: Span<UInt8>, key: Span<UInt8>, iv: Span<UInt8>, into output: inout MutableSpan<UInt8>
    ) throws(CryptoError) -> Int {
        precondition(output.count == text.count, "the output has the ciphertext's length")
        guard iv.count == blockLength else { throw .wrongLength(iv.count) }
        guard let kind = CipherKind.cbc(keyLength: key.count) else { throw .wrongLength(key.count) }
        guard text.count > 0, text.count % blockLength == 0 else { throw .malformedCiphertext }
        let handle = try CipherHandle(ofThread: kind)
        defer { handle.wipe(keyLength: key.count) }
        try handle.setKey(key)
        try handle.setNonce(iv)
        try handle.decrypt(text, into: &output)
        guard let padding = padding(of: output.span) else {
            Memory.wipe(&output)
            throw .malformedCiphertext
        }
        return text.count - padding
    }

    /// The length of the padding. Reads the whole last block, whatever the padding is.
    private static func padding(of text: Span<UInt8>) -> Int? {
        let block = text.extracting(last: blockLength)
        let padding = block[blockLength - 1]
        var difference: UInt8 = 0
        for index in 0..<blockLength {
            let isPadding: UInt8 = blockLength - index <= Int(padding) ? 0xff : 0
            difference |= isPadding & (block[index] ^ padding)
        }
        guard (1...UInt8(blockLength)).contains(padding), difference == 0 else { return nil }
        return Int(padding)
    }
}
