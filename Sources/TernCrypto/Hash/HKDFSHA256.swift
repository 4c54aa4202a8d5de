// Owns HKDF-SHA-256. libsodium 1.0.18 and libgcrypt 1.10 have none.

/// HKDF-SHA-256 (RFC 5869).
public enum HKDFSHA256 {
    /// The longest output: 255 blocks.
    public static let maximumLength = 255 * 32

    /// Derives `output.count` bytes from `keyMaterial`. An empty `salt` stands for 32 zeros.
    /// - Throws: ``CryptoError/limitExceeded`` when more than ``maximumLength`` bytes are asked for.
    @_lifetime(output: copy output)
    public static func derive(
        from keyMaterial: Span<UInt8>, salt: Span<UInt8>, info: Span<UInt8>, into output: inout MutableSpan<UInt8>
    ) throws(CryptoError) {
        guard output.count <= maximumLength else { throw .limitExceeded }
        write(from: keyMaterial, salt: salt, info: info, into: &output)
        Memory.burnStack()
    }

    /// As ``derive(from:salt:info:into:)`` for a length that is known to be allowed. The caller burns the stack.
    @_lifetime(output: copy output)
    package static func write(
        from keyMaterial: Span<UInt8>, salt: Span<UInt8>, info: Span<UInt8>, into output: inout MutableSpan<UInt8>
    ) {
        // extract: PRK = HMAC(salt, IKM); an HMAC key of no bytes and one of 32 zeros pad to the same block
        // expand: T(n) = HMAC(PRK, T(n-1) ‖ info ‖ n), the message lying in one piece with room for T(n-1) before it
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 96 + info.count + 1) { memory in
            unsafe memory.initialize(repeating: 0)
            var key = unsafe MutableSpan(_unsafeElements: memory.extracting(0..<32))
            var block = unsafe MutableSpan(_unsafeElements: memory.extracting(32..<64))
            var message = unsafe MutableSpan(_unsafeElements: memory.extracting(64...))
            HMACSHA256.write(key: salt, keyMaterial, into: &key)
            for index in info.indices { message[32 + index] = info[index] }
            var written = 0
            while written < output.count {
                message[message.count - 1] += 1
                HMACSHA256.write(
                    key: key.span, message.span.extracting(droppingFirst: written == 0 ? 32 : 0), into: &block)
                for index in 0..<32 { message[index] = block[index] }
                for index in 0..<min(32, output.count - written) { output[written + index] = block[index] }
                written += 32
            }
            Memory.wipe(&key)
            Memory.wipe(&block)
            Memory.wipe(&message)
        }
    }
}
