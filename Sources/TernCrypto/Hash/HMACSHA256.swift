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
        Libgcrypt.require()
        unsafe withUnsafeTemporaryAllocation(byteCount: Pad.length, alignment: 16) { pad in
            guard let pad = pad.baseAddress else { return }
            unsafe code.withUnsafeMutableBytes { code in
                guard let code = code.baseAddress else { return }
                unsafe Pad.fill(pad, with: key, exclusiveOr: 0x36)
                unsafe first.withUnsafeBytes { first in
                    unsafe second.withUnsafeBytes { second in
                        unsafe hash(pad, first, second, into: code)
                    }
                }
                unsafe Pad.turn(pad)
                let inner = unsafe UnsafeRawBufferPointer(start: code, count: 32)
                unsafe hash(pad, inner, .init(start: nil, count: 0), into: code)
            }
            unsafe Memory.wipe(pad, Pad.length)
        }
    }

    /// SHA-256 of `pad ‖ first ‖ second`. `digest` may be one of the inputs.
    @inline(__always)
    private static func hash(
        _ pad: UnsafeMutableRawPointer, _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer,
        into digest: UnsafeMutableRawPointer
    ) {
        var parts: InlineArray<3, gcry_buffer_t> = unsafe [
            gcry_buffer_t(size: 0, off: 0, len: Pad.length, data: pad),
            gcry_buffer_t(size: 0, off: 0, len: first.count, data: .init(mutating: first.baseAddress)),
            gcry_buffer_t(size: 0, off: 0, len: second.count, data: .init(mutating: second.baseAddress)),
        ]
        let count = unsafe Int32(second.isEmpty ? 2 : 3)
        unsafe parts.mutableSpan.withUnsafeBufferPointer { parts in
            let failure = unsafe gcry_md_hash_buffers(
                Int32(GCRY_MD_SHA256.rawValue), 0, digest, parts.baseAddress, count)
            precondition(failure == 0, "libgcrypt refuses SHA-256")
        }
    }
}

/// A key, padded to a block and exclusive-ored as HMAC wants it.
private enum Pad {
    static let length = SHA256.blockLength

    @inline(__always)
    static func fill(_ pad: UnsafeMutableRawPointer, with key: Span<UInt8>, exclusiveOr mask: UInt8) {
        let words = unsafe pad.bindMemory(to: UInt64.self, capacity: 8)
        for index in 0..<8 { unsafe words[index] = 0 }
        unsafe key.withUnsafeBytes { key in
            if key.count > length {
                unsafe gcry_md_hash_buffer(Int32(GCRY_MD_SHA256.rawValue), pad, key.baseAddress, key.count)
            } else if let base = key.baseAddress {
                unsafe pad.copyMemory(from: base, byteCount: key.count)
            }
        }
        let mask = UInt64(repeating: mask)
        for index in 0..<8 { unsafe words[index] ^= mask }
    }

    /// Turns the inner pad into the outer one.
    @inline(__always)
    static func turn(_ pad: UnsafeMutableRawPointer) {
        let words = unsafe pad.assumingMemoryBound(to: UInt64.self)
        let mask = UInt64(repeating: 0x36 ^ 0x5c)
        for index in 0..<8 { unsafe words[index] ^= mask }
    }
}

extension UInt64 {
    fileprivate init(repeating byte: UInt8) {
        self = UInt64(byte) &* 0x0101_0101_0101_0101
    }
}
