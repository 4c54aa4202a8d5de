// Owns the inner work of HMAC: a key padded both ways on the stack, and the message in the same piece of memory.
// It must not know what is authenticated or derived.

internal import CGcrypt

/// An HMAC key with its two pads, each with the bytes that are hashed after it in place.
///
/// libgcrypt's one-call hash over one piece of memory is its cheapest way: over several pieces, or by a handle, it costs
/// a third more, which is all that this type is for.
@unsafe
struct PaddedKey {
    /// Where the message goes.
    let message: UnsafeMutablePointer<UInt8>
    private let inner: UnsafeMutablePointer<UInt8>
    private let outer: UnsafeMutablePointer<UInt8>

    private static let block = SHA256.blockLength
    private static let digest = SHA256.digestLength

    /// Lends a padded key with room for `capacity` bytes of message, and wipes it all afterwards.
    @inline(__always)
    static func with(
        _ key: UnsafePointer<UInt8>, _ keyLength: Int, capacity: Int, _ body: (PaddedKey) -> Void
    ) {
        Libgcrypt.require()
        let length = unsafe block + capacity + block + digest
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: length) { memory in
            guard let base = memory.baseAddress else { return }
            unsafe body(PaddedKey(inner: base, outer: base + block + capacity, key, keyLength))
            unsafe Memory.wipe(base, length)
        }
    }

    /// Pads a key in memory that somebody else wipes: `inner` has 64 bytes and room for the message, `outer` 96 bytes.
    @inline(__always)
    init(
        inner: UnsafeMutablePointer<UInt8>, outer: UnsafeMutablePointer<UInt8>, _ key: UnsafePointer<UInt8>,
        _ keyLength: Int
    ) {
        unsafe self.inner = inner
        unsafe self.outer = outer
        unsafe message = inner + PaddedKey.block
        if keyLength == 32 {
            unsafe exclusiveOr(key, words: 0..<4)
            unsafe exclusiveOr(nil, words: 4..<8)
        } else if keyLength == 0 {
            unsafe exclusiveOr(nil, words: 0..<8)
        } else {
            unsafe padAnyKey(key, keyLength)
        }
    }

    private func padAnyKey(_ key: UnsafePointer<UInt8>, _ keyLength: Int) {
        unsafe inner.update(repeating: 0, count: PaddedKey.block)
        if unsafe keyLength > PaddedKey.block {
            unsafe gcry_md_hash_buffer(Int32(GCRY_MD_SHA256.rawValue), inner, key, keyLength)
        } else {
            unsafe inner.update(from: key, count: keyLength)
        }
        unsafe exclusiveOr(inner, words: 0..<8)
    }

    /// Writes words of both pads: of `key`, or of zeros. `key` may be the inner pad.
    @inline(__always)
    private func exclusiveOr(_ key: UnsafePointer<UInt8>?, words: Range<Int>) {
        for word in words {
            let offset = word * 8
            let value =
                unsafe key.map {
                    unsafe UnsafeRawPointer($0).loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                } ?? 0
            let (inner, outer) = unsafe (UnsafeMutableRawPointer(inner), UnsafeMutableRawPointer(outer))
            unsafe inner.storeBytes(of: value ^ 0x3636_3636_3636_3636, toByteOffset: offset, as: UInt64.self)
            unsafe outer.storeBytes(of: value ^ 0x5c5c_5c5c_5c5c_5c5c, toByteOffset: offset, as: UInt64.self)
        }
    }

    /// The code of the first `count` bytes of the message. `code` may be the message.
    @inline(__always)
    func code(of count: Int, into code: UnsafeMutablePointer<UInt8>) {
        unsafe gcry_md_hash_buffer(
            Int32(GCRY_MD_SHA256.rawValue), outer + PaddedKey.block, inner, PaddedKey.block + count)
        unsafe gcry_md_hash_buffer(
            Int32(GCRY_MD_SHA256.rawValue), code, outer, PaddedKey.block + PaddedKey.digest)
    }
}
