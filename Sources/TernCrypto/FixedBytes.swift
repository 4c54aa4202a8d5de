// Owns public bytes of a fixed length: keys that anyone may see, signatures, tags.
// Nothing secret belongs here: it is copied freely and never wiped.

/// `count` public bytes, stored inline.
@frozen
public struct FixedBytes<let count: Int>: Sendable, Hashable {
    /// The bytes themselves.
    public var storage: InlineArray<count, UInt8>

    /// Takes bytes that are in place already.
    @inlinable
    public init(_ storage: InlineArray<count, UInt8>) {
        self.storage = storage
    }

    /// `count` zero bytes.
    @inlinable
    public init() {
        storage = InlineArray(repeating: 0)
    }

    /// Copies `source`.
    /// - Throws: ``CryptoError/wrongLength(_:)`` when there are not exactly `count` bytes.
    @inlinable
    public init(_ source: Span<UInt8>) throws(CryptoError) {
        guard source.count == count else { throw .wrongLength(source.count) }
        storage = InlineArray { index in source[index] }
    }

    /// Copies `source`.
    /// - Throws: ``CryptoError/wrongLength(_:)`` when there are not exactly `count` bytes.
    @inlinable
    public init(_ source: [UInt8]) throws(CryptoError) {
        try self.init(source.span)
    }

    /// The bytes, for as long as the value is borrowed.
    @inlinable
    public var span: Span<UInt8> {
        @_lifetime(borrow self)
        get { storage.span }
    }

    /// The bytes to write to.
    @inlinable
    public var mutableSpan: MutableSpan<UInt8> {
        @_lifetime(&self)
        mutating get { storage.mutableSpan }
    }

    /// The bytes as an array.
    public var array: [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            for index in 0..<count { unsafe buffer.initializeElement(at: index, to: storage[index]) }
            initialized = count
        }
    }

    /// Compares in a time that tells where the difference is: the bytes are public.
    @inlinable
    public static func == (left: Self, right: Self) -> Bool {
        var differences: UInt8 = 0
        for index in 0..<count { differences |= left.storage[index] ^ right.storage[index] }
        return differences == 0
    }

    /// Hashes the bytes.
    @inlinable
    public func hash(into hasher: inout Hasher) {
        for index in 0..<count { hasher.combine(storage[index]) }
    }
}
