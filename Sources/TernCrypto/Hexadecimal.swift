// Owns hexadecimal digits of secrets over libsodium, in a time that does not depend on the value. It must not know what
// is encoded.

internal import CSodium

/// Hexadecimal digits (RFC 4648 §8) of bytes that nobody else is to see.
public enum Hexadecimal {
    /// The digits of `bytes`, lower case.
    public static func encode(_ bytes: Span<UInt8>) -> SecretBytes {
        let capacity = bytes.count * 2 + 1
        let count = bytes.count
        var text = SecretBytes(count: capacity)
        var output = text.mutableSpan
        unsafe bytes.withPointer { bytes in
            unsafe output.withUnsafeMutableBytes { output in
                guard let base = unsafe output.baseAddress?.assumingMemoryBound(to: CChar.self) else { return }
                _ = unsafe sodium_bin2hex(base, capacity, bytes, count)
            }
        }
        text.truncate(to: capacity - 1)
        return text
    }

    /// The bytes of digits of either case.
    /// - Throws: ``CryptoError/malformedText`` for anything but pairs of digits.
    public static func decode(_ text: Span<UInt8>) throws(CryptoError) -> SecretBytes {
        guard text.count.isMultiple(of: 2) else { throw .malformedText }
        let (count, length) = (text.count / 2, text.count)
        var bytes = SecretBytes(count: count)
        var output = bytes.mutableSpan
        let status = unsafe output.withPointer { output in
            unsafe text.withUnsafeBytes { text in
                unsafe sodium_hex2bin(
                    output, count, text.baseAddress?.assumingMemoryBound(to: CChar.self), length, nil, nil, nil)
            }
        }
        guard status == 0 else { throw .malformedText }
        return bytes
    }
}
