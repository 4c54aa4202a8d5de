// Owns the strict reading of one protobuf message: which known fields there are, and where.
// It must not know what a field means.

/// The fields of a message, each set a bit mask: bit `i` stands for field number `i`.
struct Schema {
    /// Fields of 32-bit numbers.
    let numbers: UInt8
    /// Fields of bytes and of embedded messages.
    let bytes: UInt8
    /// Those of both that have to be there.
    let required: UInt8
}

/// What stands in a message.
///
/// protobuf-c writes our messages but does not read them: of a field that is there twice it takes the last, of a number
/// that is too large it takes 32 bits, field number 0 is an unknown field to it, and it copies every value. Two readers
/// that disagree about such bytes would authenticate one message and understand another, so all of it is an error here.
/// Unknown fields are stepped over.
struct Fields: ~Copyable {
    private var present: UInt8 = 0
    // A number, or the range that a value of bytes has in the message.
    private var starts = InlineArray<8, UInt32>(repeating: 0)
    private var ends = InlineArray<8, UInt32>(repeating: 0)

    /// Reads all of `message`.
    /// - Parameter limit: The most bytes that are looked at.
    /// - Throws: Any ``WireError`` but those of lengths, key types and versions.
    @inline(__always)
    init(
        _ message: Span<UInt8>, _ schema: Schema, limit: Int = KeyElement.maximumLength
    ) throws(WireError) {
        guard message.count <= limit else { throw .tooLarge(message.count) }
        var position = 0
        while position < message.count {
            let tag = try message.number(at: &position)
            let field = Int(tag >> 3)
            let bit: UInt8 = field < 8 ? 1 << UInt8(field) : 0
            if schema.numbers & bit != 0 {
                try note(field, bit, tag & 7 == WireType.varint)
                starts[field] = try message.number(at: &position)
            } else if schema.bytes & bit != 0 {
                try note(field, bit, tag & 7 == WireType.lengthDelimited)
                let range = try message.lengthDelimited(at: &position)
                starts[field] = UInt32(truncatingIfNeeded: range.lowerBound)
                ends[field] = UInt32(truncatingIfNeeded: range.upperBound)
            } else {
                guard field != 0 else { throw .malformed }
                position = try message.skip(tag & 7, at: position)
            }
        }
        let missing = schema.required & ~present
        guard missing == 0 else { throw .missingField(missing.trailingZeroBitCount) }
    }

    @inline(__always)
    private mutating func note(_ field: Int, _ bit: UInt8, _ hasItsWireType: Bool) throws(WireError) {
        guard hasItsWireType else { throw .malformed }
        guard present & bit == 0 else { throw .duplicateField(field) }
        present |= bit
    }

    /// The number in `field`, or nil where the field is absent, which is not the same as 0.
    @inline(__always)
    func number(ifPresent field: Int) -> UInt32? {
        present & 1 << UInt8(field) == 0 ? nil : starts[field]
    }

    /// The number in `field`; 0, which is protobuf's default, where the field is absent.
    @inline(__always)
    func number(_ field: Int) -> UInt32 { starts[field] }

    /// Where the bytes of `field` stand. Empty where the field is absent.
    @inline(__always)
    func range(_ field: Int) -> Range<Int> {
        unsafe Range(uncheckedBounds: (Int(starts[field]), Int(ends[field])))
    }

    /// Where the ciphertext in `field` stands.
    /// - Throws: ``WireError/wrongLength(_:)`` for one that is no sequence of blocks, ``WireError/tooLarge(_:)``.
    @inline(__always)
    func ciphertext(_ field: Int) throws(WireError) -> Range<Int> {
        let range = range(field)
        try KeyElement.checkCiphertextLength(range.count)
        return range
    }
}
