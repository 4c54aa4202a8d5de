// Owns wiping: of memory that held a secret, and of the stack below a call that computed with one.
// It must not know what was secret.

internal import CSodium
internal import Glibc

/// Wiping that the optimiser cannot remove.
@usableFromInline
package enum Memory {
    /// `count` bytes that are not initialised, of the heap. Swift's own allocation asks for an alignment and costs five
    /// times as much.
    @usableFromInline
    static func allocate(_ count: Int) -> UnsafeMutablePointer<UInt8> {
        guard let memory = unsafe malloc(max(count, 1)) else { fatalError("the process is out of memory") }
        return unsafe memory.assumingMemoryBound(to: UInt8.self)
    }

    /// Wipes `count` bytes and gives them back.
    @usableFromInline
    static func release(_ base: UnsafeMutablePointer<UInt8>, _ count: Int) {
        unsafe wipe(base, count)
        unsafe free(base)
    }

    /// Overwrites `count` bytes with zeros.
    @usableFromInline
    static func wipe(_ base: UnsafeMutableRawPointer, _ count: Int) {
        unsafe sodium_memzero(base, count)
    }

    /// Overwrites what a span can reach.
    @_lifetime(bytes: copy bytes)
    package static func wipe(_ bytes: inout MutableSpan<UInt8>) {
        unsafe bytes.withUnsafeMutableBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            unsafe wipe(base, buffer.count)
        }
    }

    /// Compares in a time that depends on the lengths alone.
    package static func equal(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        return unsafe left.withUnsafeBytes { left in
            unsafe right.withUnsafeBytes { right in
                guard let a = left.baseAddress, let b = right.baseAddress else { return true }
                return unsafe sodium_memcmp(a, b, left.count) == 0
            }
        }
    }

    /// As ``equal(_:_:)`` for a tag and its code, in words, with the stack burnt by the caller: what is compared in words
    /// may be left there in words.
    package static func fits(_ tag: Span<UInt8>, _ code: Span<UInt8>) -> Bool {
        tag.count == code.count && difference(tag, code) == 0
    }

    /// All bits in which two spans of one length differ, gathered in words: a tag is one word or two, where
    /// `sodium_memcmp` takes byte after byte. Never inlined, so that all of the result is wanted and nothing can end early.
    @inline(never)
    private static func difference(_ left: Span<UInt8>, _ right: Span<UInt8>) -> UInt64 {
        let (left, right) = unsafe (left.bytes, right.bytes)
        var bits: UInt64 = 0
        var place = 0
        while place + 8 <= left.byteCount {
            bits |=
                unsafe left.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self)
                ^ right.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self)
            place += 8
        }
        while place < left.byteCount {
            bits |= unsafe UInt64(
                left.unsafeLoad(fromByteOffset: place, as: UInt8.self)
                    ^ right.unsafeLoad(fromByteOffset: place, as: UInt8.self))
            place += 1
        }
        return bits
    }

    /// Whether all bytes are zero: what a wiped key is. Looks at every byte.
    package static func isZero(_ bytes: Span<UInt8>) -> Bool {
        var bits: UInt8 = 0
        for index in bytes.indices { bits |= unsafe bytes[unchecked: index] }
        return bits == 0
    }

    /// Lends `count` zero bytes on the stack and wipes them afterwards, whatever `body` does.
    @inlinable
    package static func withScratch<Result: ~Copyable, Failure: Error>(
        _ count: Int, _ body: (inout MutableSpan<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) {
            (buffer) throws(Failure) -> Result in
            unsafe buffer.initialize(repeating: 0)
            defer {
                if let base = buffer.baseAddress { unsafe wipe(base, count) }
            }
            var bytes = unsafe MutableSpan(_unsafeElements: buffer)
            return try body(&bytes)
        }
    }

    /// Overwrites the dead stack under the caller's frame, as deep as hashes and ciphers reach.
    ///
    /// libgcrypt leaves digests and the state of its hash in frames that have returned.
    @usableFromInline
    package static func burnStack() {
        sodium_stackzero(symmetricReach)
    }

    /// As ``burnStack()`` for ``MessageCipher``, whose work space is wiped on its own and is not passed again.
    @usableFromInline
    static func burnMessageStack() {
        sodium_stackzero(messageReach)
    }

    /// Overwrites the dead stack under the caller's frame, as deep as computations on curves reach.
    ///
    /// libsodium leaves scalars and shared secrets in frames that have returned.
    static func burnDeepStack() {
        sodium_stackzero(curveReach)
    }

    // Measured with libsodium 1.0.18 and libgcrypt 1.10.1 on x86-64: below its caller SHA-256 reaches 480 bytes, AES 740,
    // X25519 1,780, Ed25519 signing 1,800. Our own frames come on top, with at most 1 KiB of temporary memory for a key and
    // its message: 2,130 bytes were seen below the caller of HKDF. Without optimisation our frames are many and large.
    #if DEBUG
        private static let symmetricReach = 8192
        private static let messageReach = 8192
    #else
        private static let symmetricReach = 3072
        // AES and 1,290 bytes of our own frames. From 2,048 bytes on glibc's memset costs twice as much.
        private static let messageReach = 2032
    #endif
    private static let curveReach = 8192
}
