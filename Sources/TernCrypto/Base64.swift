// Owns Base64 over libsodium: one spelling for each value, in a time that does not depend on the value.
// It must not know what is encoded.

internal import CSodium

/// Base64 with the standard alphabet and padding (RFC 4648 §4).
public enum Base64 {
    /// What lies between the digits of a text and is passed over.
    public enum Tolerance: Sendable {
        /// Nothing.
        case nothing
        /// Spaces, tabs and line ends, as XML allows in an `xs:base64Binary`.
        case whiteSpace
    }

    /// The text of `bytes`, in one line.
    public static func encode(_ bytes: Span<UInt8>) -> String {
        let capacity = (bytes.count + 2) / 3 * 4 + 1
        return unsafe String(unsafeUninitializedCapacity: capacity) { text in
            unsafe bytes.withUnsafeBytes { bytes in
                unsafe text.withMemoryRebound(to: CChar.self) { text in
                    guard let base = text.baseAddress else { return }
                    _ = unsafe sodium_bin2base64(
                        base, capacity, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count,
                        sodium_base64_VARIANT_ORIGINAL)
                }
            }
            return capacity - 1
        }
    }

    /// The bytes of `text`.
    /// - Throws: ``CryptoError/malformedText`` for another alphabet, missing padding, bits that should be zero, or anything
    ///   that is not tolerated.
    public static func decode(_ text: String, tolerating tolerance: Tolerance = .nothing) throws(CryptoError) -> [UInt8]
    {
        let digits = Array(text.utf8)
        // libsodium looks each byte up in a C string, where it also finds the zero byte at the end.
        guard !digits.contains(0) else { throw .malformedText }
        var isValid = false
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: digits.count / 4 * 3 + 3) { bytes, count in
            guard let base = bytes.baseAddress else { return }
            let status = unsafe digits.withUnsafeBytes { digits in
                unsafe (tolerance == .whiteSpace ? " \t\r\n" : "").withCString { ignored in
                    unsafe sodium_base642bin(
                        base, bytes.count, digits.baseAddress?.assumingMemoryBound(to: CChar.self), digits.count,
                        ignored,
                        &count, nil, sodium_base64_VARIANT_ORIGINAL)
                }
            }
            isValid = status == 0
            if !isValid { count = 0 }
        }
        guard isValid else { throw .malformedText }
        return bytes
    }
}
