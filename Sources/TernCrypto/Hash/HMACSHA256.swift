// Owns HMAC-SHA-256 over libgcrypt's one-call hash: faster than its HMAC handles, which are opened and closed each time.
// It must not know what is authenticated.

internal import CGcrypt

/// HMAC-SHA-256 (RFC 2104, FIPS 198-1).
public enum HMACSHA256 {
    /// The code of `message` under `key`, which may have any length.
    public static func code(key: Span<UInt8>, _ message: Span<UInt8>) -> Secret<32> {
        let code = Secret<32> { code in write(key: key, message, into: &code) }
        Memory.burnStack()
        return code
    }

    /// Whether `tag`, which may be truncated to at least 8 bytes, fits `message` under `key`. Constant time.
    /// - Throws: ``CryptoError/unauthentic`` when it does not, ``CryptoError/wrongLength(_:)`` for a tag shorter than 8
    ///   or longer than 32 bytes.
    public static func verify(_ tag: Span<UInt8>, key: Span<UInt8>, _ message: Span<UInt8>) throws(CryptoError) {
        guard (8...32).contains(tag.count) else { throw .wrongLength(tag.count) }
        let expected = code(key: key, message)
        guard Memory.equal(expected.span.extracting(first: tag.count), tag) else { throw .unauthentic }
    }

    /// Writes the 32 bytes of the code of `first ‖ second`. The stack below is left as the library left it: the
    /// caller burns it once at its own end.
    @_lifetime(code: copy code)
    package static func write(
        key: Span<UInt8>, _ first: Span<UInt8>, _ second: Span<UInt8> = Span(), into code: inout MutableSpan<UInt8>
    ) {
        precondition(code.count == SHA256.digestLength, "an HMAC-SHA-256 code has 32 bytes")
        let (keyLength, firstLength, secondLength) = (key.count, first.count, second.count)
        unsafe code.withPointer { code in
            unsafe key.withPointer { key in
                unsafe first.withPointer { first in
                    unsafe second.withPointer { second in
                        unsafe PaddedKey.with(key, keyLength, capacity: firstLength + secondLength) { padded in
                            unsafe padded.message.update(from: first, count: firstLength)
                            unsafe (padded.message + firstLength).update(from: second, count: secondLength)
                            unsafe padded.code(of: firstLength + secondLength, into: code)
                        }
                    }
                }
            }
        }
    }

    /// A step of a chain: writes the code of the one byte 1 and replaces `key` by the code of the one byte 2. The caller
    /// burns the stack.
    @_lifetime(key: copy key)
    @_lifetime(code: copy code)
    package static func step(key: inout MutableSpan<UInt8>, into code: inout MutableSpan<UInt8>) {
        precondition(key.count == SHA256.digestLength && code.count == SHA256.digestLength, "a chain key has 32 bytes")
        unsafe code.withPointer { code in
            unsafe key.withPointer { key in
                unsafe PaddedKey.with(key, SHA256.digestLength, capacity: 1) { padded in
                    unsafe padded.message.pointee = 1
                    unsafe padded.code(of: 1, into: code)
                    unsafe padded.message.pointee = 2
                    unsafe padded.code(of: 1, into: key)
                }
            }
        }
    }

    /// As ``step(key:into:)`` without the first code.
    @_lifetime(key: copy key)
    package static func skip(key: inout MutableSpan<UInt8>) {
        precondition(key.count == SHA256.digestLength, "a chain key has 32 bytes")
        unsafe key.withPointer { key in
            unsafe PaddedKey.with(key, SHA256.digestLength, capacity: 1) { padded in
                unsafe padded.message.pointee = 2
                unsafe padded.code(of: 1, into: key)
            }
        }
    }
}
