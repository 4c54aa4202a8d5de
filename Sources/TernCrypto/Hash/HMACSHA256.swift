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
        let keyLength = key.count
        unsafe code.withPointer { code in
            unsafe key.withPointer { key in
                unsafe compute(key, keyLength, first, second, into: code)
            }
        }
    }

    /// Overwrites `key` with the code of `message` under it: a step of a chain, in place. The caller burns the stack.
    @_lifetime(key: copy key)
    package static func advance(key: inout MutableSpan<UInt8>, by message: Span<UInt8>) {
        precondition(key.count == SHA256.digestLength, "an HMAC-SHA-256 code has 32 bytes")
        unsafe key.withPointer { key in
            unsafe compute(key, SHA256.digestLength, message, Span(), into: key)
        }
    }

    /// `code` may be `key`: the key is read into the pads before anything is written.
    @inline(__always)
    private static func compute(
        _ key: UnsafePointer<UInt8>, _ keyLength: Int, _ first: Span<UInt8>, _ second: Span<UInt8>,
        into code: UnsafeMutablePointer<UInt8>
    ) {
        Libgcrypt.require()
        unsafe withUnsafeTemporaryAllocation(byteCount: Pad.length, alignment: 16) { pad in
            guard let pad = pad.baseAddress else { return }
            unsafe Pad.fill(pad, key, keyLength)
            let firstLength = first.count
            let secondLength = second.count
            unsafe first.withPointer { first in
                unsafe second.withPointer { second in
                    unsafe hash(pad, first, firstLength, second, secondLength, into: code)
                }
            }
            unsafe Pad.turn(pad)
            unsafe hash(pad, code, SHA256.digestLength, code, 0, into: code)
            unsafe Memory.wipe(pad, Pad.length)
        }
    }

    /// SHA-256 of `pad ‖ first ‖ second`. `digest` may be one of the inputs.
    @inline(__always)
    private static func hash(
        _ pad: UnsafeMutableRawPointer, _ first: UnsafePointer<UInt8>, _ firstLength: Int,
        _ second: UnsafePointer<UInt8>, _ secondLength: Int, into digest: UnsafeMutablePointer<UInt8>
    ) {
        var parts: InlineArray<3, gcry_buffer_t> = unsafe [
            gcry_buffer_t(size: 0, off: 0, len: Pad.length, data: pad),
            gcry_buffer_t(size: 0, off: 0, len: firstLength, data: UnsafeMutableRawPointer(mutating: first)),
            gcry_buffer_t(size: 0, off: 0, len: secondLength, data: UnsafeMutableRawPointer(mutating: second)),
        ]
        let count: Int32 = secondLength == 0 ? 2 : 3
        var span = unsafe parts.mutableSpan
        unsafe span.withUnsafeMutableBufferPointer { parts in
            _ = unsafe gcry_md_hash_buffers(Int32(GCRY_MD_SHA256.rawValue), 0, digest, parts.baseAddress, count)
        }
    }
}

/// A key, padded to a block and exclusive-ored as HMAC wants it.
private enum Pad {
    static let length = SHA256.blockLength

    /// The inner pad of a key of any length.
    @inline(__always)
    static func fill(_ pad: UnsafeMutableRawPointer, _ key: UnsafePointer<UInt8>, _ keyLength: Int) {
        let words = unsafe pad.assumingMemoryBound(to: UInt64.self)
        for index in 0..<8 { unsafe words[index] = 0 }
        if keyLength > length {
            unsafe gcry_md_hash_buffer(Int32(GCRY_MD_SHA256.rawValue), pad, key, keyLength)
        } else {
            unsafe pad.copyMemory(from: key, byteCount: keyLength)
        }
        unsafe exclusiveOr(words, 0x36)
    }

    /// Turns the inner pad into the outer one.
    @inline(__always)
    static func turn(_ pad: UnsafeMutableRawPointer) {
        unsafe exclusiveOr(pad.assumingMemoryBound(to: UInt64.self), 0x36 ^ 0x5c)
    }

    @inline(__always)
    private static func exclusiveOr(_ words: UnsafeMutablePointer<UInt64>, _ byte: UInt8) {
        let mask = UInt64(byte) &* 0x0101_0101_0101_0101
        for index in 0..<8 { unsafe words[index] ^= mask }
    }
}
