// Owns the writing of protobuf fields into memory that is there already. It must not know any message.

/// Writes fields one after the other. protobuf-c's packing of the same few fields costs three times as much, and on every
/// message; what is sent once a session, protobuf-c writes.
struct FieldWriter: ~Copyable, ~Escapable {
    private var output: MutableSpan<UInt8>
    /// Bytes written.
    private(set) var count: Int

    /// Begins at `start`. Too little room ends the process.
    @inline(__always)
    @_lifetime(copy output)
    init(_ output: consuming MutableSpan<UInt8>, from start: Int = 0) {
        self.output = output
        count = start
    }

    @inline(__always)
    @_lifetime(self: copy self)
    mutating func byte(_ byte: UInt8) {
        output[count] = byte
        count += 1
    }

    /// A field of a 32-bit number.
    @inline(__always)
    @_lifetime(self: copy self)
    mutating func number(_ field: UInt8, _ number: UInt32) {
        byte(field << 3 | UInt8(WireType.varint))
        varint(number)
    }

    /// The tag and the length of a field of bytes.
    @inline(__always)
    @_lifetime(self: copy self)
    mutating func begin(_ field: UInt8, length: Int) {
        byte(field << 3 | UInt8(WireType.lengthDelimited))
        varint(UInt32(length))
    }

    @inline(__always)
    @_lifetime(self: copy self)
    mutating func bytes(_ source: Span<UInt8>) {
        let (start, length) = (count, source.count)
        precondition(length <= output.count - start, "the message needs more room")
        unsafe output.withUnsafeMutableBytes { output in
            unsafe source.withUnsafeBytes { source in
                guard let target = output.baseAddress, let source = source.baseAddress else { return }
                unsafe (target + start).copyMemory(from: source, byteCount: length)
            }
        }
        count = start + length
    }

    /// Leaves bytes free.
    @inline(__always)
    @_lifetime(self: copy self)
    mutating func leave(_ length: Int) {
        count += length
    }

    @inline(__always)
    @_lifetime(self: copy self)
    private mutating func varint(_ number: UInt32) {
        var rest = number
        while rest >= 0x80 {
            byte(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        byte(UInt8(rest))
    }

    /// Bytes that ``number(_:_:)`` writes.
    @inline(__always)
    static func length(ofNumber number: UInt32) -> Int {
        1 + varintLength(number)
    }

    /// Bytes of a field of `length` bytes.
    @inline(__always)
    static func length(ofBytes length: Int) -> Int {
        1 + varintLength(UInt32(length)) + length
    }

    @inline(__always)
    private static func varintLength(_ number: UInt32) -> Int {
        (38 - (number | 1).leadingZeroBitCount) / 7
    }
}
