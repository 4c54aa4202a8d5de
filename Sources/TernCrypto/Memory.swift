// Owns wiping: of memory that held a secret, and of the stack below a call that computed with one.
// It must not know what was secret.

internal import CSodium

/// Wiping that the optimiser cannot remove.
@usableFromInline
package enum Memory {
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

    /// Overwrites the dead stack under the caller's frame: libgcrypt's hash context and libsodium's ladder leave digests
    /// and scalars in frames that have returned.
    @inline(never)
    @usableFromInline
    package static func burnStack() {
        sodium_stackzero(deepestResidue)
    }

    /// Bytes below a caller's frame that the libraries were seen to leave secrets in, with room to spare.
    private static let deepestResidue = 1536

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
}
