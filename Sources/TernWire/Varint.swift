// Owns the reading of protobuf's numbers and the stepping over of what no schema names.
// It must not know any message.

extension Span<UInt8> {
    /// Reads a number of at most 32 bits in its shortest form and moves `position` behind it.
    /// - Throws: ``WireError/truncated``; ``WireError/malformed`` for a larger number or a longer form.
    @inline(__always)
    func number(at position: inout Int) throws(WireError) -> UInt32 {
        guard position < count else { throw .truncated }
        let first = self[position]
        position += 1
        guard first >= 0x80 else { return UInt32(first) }
        let longer = try number(after: first, at: position)
        position = longer.end
        return longer.number
    }

    /// The position comes and goes by value, so that it stays in a register where most numbers are read.
    private func number(after first: UInt8, at start: Int) throws(WireError) -> (number: UInt32, end: Int) {
        var position = start
        var number = UInt32(first & 0x7f)
        var shift: UInt32 = 7
        while position < count {
            let byte = self[position]
            position += 1
            // The fifth byte holds bits 28 to 31 and ends the number.
            if shift == 28, byte > 0x0f { throw .malformed }
            number |= UInt32(byte & 0x7f) << shift
            if byte < 0x80 {
                guard byte != 0 else { throw .malformed }
                return (number, position)
            }
            shift += 7
        }
        throw .truncated
    }

    /// Reads a length and gives the range of that many bytes behind it.
    @inline(__always)
    func lengthDelimited(at position: inout Int) throws(WireError) -> Range<Int> {
        let length = Int(try number(at: &position))
        guard length <= count - position else { throw .truncated }
        let start = position
        position += length
        return unsafe Range(uncheckedBounds: (start, position))
    }

    /// Steps over the value of an unknown field. Groups (wire types 3 and 4) are older than both versions of OMEMO and
    /// would need nesting: they are malformed.
    /// - Returns: The position behind it.
    func skip(_ wireType: UInt32, at start: Int) throws(WireError) -> Int {
        var position = start
        switch wireType {
        case WireType.varint: try skipVarint(at: &position)
        case WireType.fixed64: try skip(8, bytesAt: &position)
        case WireType.lengthDelimited: _ = try lengthDelimited(at: &position)
        case WireType.fixed32: try skip(4, bytesAt: &position)
        default: throw .malformed
        }
        return position
    }

    private func skip(_ length: Int, bytesAt position: inout Int) throws(WireError) {
        guard length <= count - position else { throw .truncated }
        position += length
    }

    /// A number of 64 bits has at most ten bytes.
    private func skipVarint(at position: inout Int) throws(WireError) {
        for _ in 0..<10 {
            guard position < count else { throw .truncated }
            position += 1
            if self[position - 1] < 0x80 { return }
        }
        throw .malformed
    }
}

/// How a field's value is written (protobuf, "Message Structure").
enum WireType {
    static let varint: UInt32 = 0
    static let fixed64: UInt32 = 1
    static let lengthDelimited: UInt32 = 2
    static let fixed32: UInt32 = 5
}
