// Owns memory that holds a secret: one allocation, no copies, wiped before it is given back.
// It must not know what kind of key lies in it.

/// `count` secret bytes.
///
/// The bytes live on the heap, so that moving the value moves a pointer and leaves nothing behind on the stack. The value
/// cannot be copied; when its life ends the bytes are overwritten.
@safe @frozen
public struct Secret<let count: Int>: ~Copyable, @unchecked Sendable {
    @usableFromInline let base: UnsafeMutablePointer<UInt8>

    /// Allocates `count` zero bytes.
    @inlinable
    init() {
        unsafe base = unsafe Memory.allocate(count)
        unsafe base.initialize(repeating: 0, count: count)
    }

    /// Takes memory over.
    @inlinable
    init(owning base: UnsafeMutablePointer<UInt8>) {
        unsafe self.base = base
    }

    /// Lets `fill` write all bytes in place.
    @inlinable
    public init<E: Error>(_ fill: (inout MutableSpan<UInt8>) throws(E) -> Void) throws(E) {
        let base = unsafe Memory.allocate(count)
        unsafe base.initialize(repeating: 0, count: count)
        var bytes = unsafe MutableSpan(_unsafeStart: base, count: count)
        do {
            try fill(&bytes)
        } catch {
            unsafe Memory.release(base, count)
            throw error
        }
        unsafe self.base = base
    }

    /// Copies bytes that somebody else owns, and wipes.
    /// - Throws: ``CryptoError/wrongLength(_:)`` when there are not exactly `count` of them.
    @inlinable
    public init(copying source: Span<UInt8>) throws(CryptoError) {
        guard source.count == count else { throw .wrongLength(source.count) }
        unsafe base = unsafe Memory.allocate(count)
        for index in 0..<count { unsafe (base + index).initialize(to: source[index]) }
    }

    /// Copies bytes that stay visible in `source`, which nobody wipes: for keys that arrive in a file or a test.
    /// - Throws: ``CryptoError/wrongLength(_:)`` when there are not exactly `count` of them.
    public init(copying source: [UInt8]) throws(CryptoError) {
        try self.init(copying: source.span)
    }

    /// Draws the bytes from `entropy`.
    public init(from entropy: inout some Entropy) {
        self.init { bytes in entropy.fill(&bytes) }
    }

    /// The bytes, for as long as the secret is borrowed.
    @inlinable
    public var span: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let bytes = unsafe Span(_unsafeStart: base, count: count)
            return unsafe _overrideLifetime(bytes, borrowing: self)
        }
    }

    /// The bytes to write to, for as long as the secret is held.
    @inlinable
    public var mutableSpan: MutableSpan<UInt8> {
        @_lifetime(&self)
        mutating get {
            let bytes = unsafe MutableSpan(_unsafeStart: base, count: count)
            return unsafe _overrideLifetime(bytes, mutating: &self)
        }
    }

    /// A second secret with the same bytes. Named, so that each place that doubles a secret can be found.
    @inlinable
    public func duplicate() -> Secret<count> {
        let twin = unsafe Memory.allocate(count)
        unsafe twin.initialize(from: base, count: count)
        return unsafe Secret(owning: twin)
    }

    /// Compares in constant time.
    public func equals(_ other: borrowing Secret<count>) -> Bool {
        Memory.equal(span, other.span)
    }

    @inlinable
    deinit {
        unsafe Memory.release(base, count)
    }
}
