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
        storage = unsafe source.bytes.unsafeLoadUnaligned(as: InlineArray<count, UInt8>.self)
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

    /// Compares in words. Inlined, as whatever takes the bytes by value: a call would gather them one by one into registers.
    @inlinable @inline(__always)
    public static func == (left: Self, right: Self) -> Bool {
        let (left, right) = unsafe (left.storage.span.bytes, right.storage.span.bytes)
        var bits: UInt64 = 0
        for word in 0..<count / 8 {
            bits |=
                unsafe left.unsafeLoadUnaligned(fromByteOffset: word * 8, as: UInt64.self)
                ^ right.unsafeLoadUnaligned(fromByteOffset: word * 8, as: UInt64.self)
        }
        for place in count / 8 * 8..<count {
            bits |= unsafe UInt64(
                left.unsafeLoad(fromByteOffset: place, as: UInt8.self)
                    ^ right.unsafeLoad(fromByteOffset: place, as: UInt8.self))
        }
        return bits == 0
    }

    /// Hashes the bytes.
    @inlinable
    public func hash(into hasher: inout Hasher) {
        for index in 0..<count { hasher.combine(storage[index]) }
    }
}
