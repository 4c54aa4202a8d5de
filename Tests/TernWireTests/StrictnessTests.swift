// What a message may not be: the rules of protobuf that readers differ on, each with its error.

import Testing
import TernWire

@Suite struct StrictnessTests {
    @Test(arguments: Kind.allCases)
    func sampleIsRead(_ kind: Kind) throws {
        #expect(try kind.read(kind.sample) == #require(Oracle(kind, kind.sample)).values)
    }

    @Test(arguments: Kind.messages)
    func fieldsInAnyOrder(_ kind: Kind) throws {
        let expected = try kind.read(kind.sample)
        var random = Seeded(1)
        for _ in 0..<50 {
            let shuffled = kind.fields.shuffled(using: &random)
            #expect(try kind.read(kind.framed(Array(shuffled.joined()))) == expected)
        }
    }

    @Test(arguments: Kind.messages)
    func fieldLeftOut(_ kind: Kind) {
        for index in kind.fields.indices {
            var fields = kind.fields
            let number = Int(fields.remove(at: index)[0] >> 3)
            let expected: WireError? = kind.optional.contains(number) ? nil : .missingField(number)
            #expect(kind.error(kind.framed(Array(fields.joined()))) == expected)
        }
    }

    @Test(arguments: Kind.messages)
    func fieldTwice(_ kind: Kind) {
        for field in kind.fields {
            for index in 0...kind.fields.count {
                var fields = kind.fields
                fields.insert(field, at: index)
                let expected = WireError.duplicateField(Int(field[0] >> 3))
                #expect(kind.error(kind.framed(Array(fields.joined()))) == expected)
            }
        }
    }

    @Test(arguments: Kind.messages)
    func wrongWireType(_ kind: Kind) {
        for index in kind.fields.indices {
            for wireType in UInt8(0)...7 where wireType != kind.fields[index][0] & 7 {
                var fields = kind.fields
                fields[index][0] = fields[index][0] & ~7 | wireType
                #expect(kind.error(kind.framed(Array(fields.joined()))) == .malformed)
            }
        }
    }

    /// Unknown fields of every wire type, of numbers with one to five bytes of tag, and repeated.
    static let unknown: [[UInt8]] = [
        Field.number(7, [1]), Field.number(15, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
        Field.number(9, [0x80, 0x00]), Field.bytes(8, []), Field.bytes(14, [1, 2, 3]), [7 << 3 | 1] + Kind.mac8,
        [10 << 3 | 5, 1, 2, 3, 4], [0x80, 0x01, 0], [0xf8, 0xff, 0xff, 0xff, 0x0f, 5],
    ]

    @Test(arguments: Kind.messages)
    func unknownFieldsAreIgnored(_ kind: Kind) throws {
        let expected = try kind.read(kind.sample)
        for unknown in Self.unknown {
            for index in 0...kind.fields.count {
                var fields = kind.fields
                fields.insert(unknown + unknown, at: index)
                #expect(try kind.read(kind.framed(Array(fields.joined()))) == expected)
            }
        }
    }

    /// Field number 0, tags that are too long, groups, and unknown values that do not end.
    static let forbidden: [([UInt8], WireError)] = [
        ([0x00, 1], .malformed), ([0x02, 0], .malformed), ([0x88, 0x00, 1], .malformed),
        ([0xb8, 0x80, 0x00, 1], .malformed), ([0x88, 0x80, 0x80, 0x80, 0x10, 1], .malformed),
        ([0x80, 0x80, 0x80, 0x80, 0x80, 0x01], .malformed), ([0x3b, 0x3c], .malformed), ([0x3c], .malformed),
        ([0x3e], .malformed), ([0x3f], .malformed), ([0x38], .truncated), ([0x38, 0x80], .truncated),
        ([0x38] + [UInt8](repeating: 0x80, count: 10), .malformed), ([0x39, 1, 2, 3], .truncated),
        ([0x3d, 1], .truncated), ([0x3a, 5, 1], .truncated), ([0x3a, 0x80], .truncated),
        ([0x3a, 0xff, 0xff, 0xff, 0xff, 0x07], .truncated), ([0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f], .truncated),
        ([0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], .malformed), ([0x80], .truncated),
    ]

    @Test(arguments: Kind.messages)
    func forbiddenFields(_ kind: Kind) {
        for (field, expected) in Self.forbidden {
            #expect(kind.error(kind.framed(kind.fields.joined() + field)) == expected, "\(field)")
        }
    }

    /// Numbers above 32 bits and in more bytes than they need. protobuf-c reads all of them as something else.
    static let numbers: [([UInt8], WireError)] = [
        ([0x80, 0x00], .malformed), ([0x81, 0x80, 0x00], .malformed), ([0x80, 0x80, 0x80, 0x80, 0x00], .malformed),
        ([0x80, 0x80, 0x80, 0x80, 0x10], .malformed), ([0xff, 0xff, 0xff, 0xff, 0x7f], .malformed),
        ([0xff, 0xff, 0xff, 0xff, 0xff, 0x01], .malformed),
        ([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], .malformed),
        ([UInt8](repeating: 0x80, count: 10), .malformed),
    ]

    @Test(arguments: Kind.messages)
    func badNumbers(_ kind: Kind) {
        for index in kind.fields.indices where kind.fields[index][0] & 7 == 0 {
            for (number, expected) in Self.numbers {
                var fields = kind.fields
                fields[index] = [fields[index][0]] + number
                #expect(kind.error(kind.framed(Array(fields.joined()))) == expected, "\(number)")
            }
        }
    }

    /// Lengths up to 4 GiB, beyond the end and in more bytes than they need.
    @Test(arguments: Kind.messages)
    func badLengths(_ kind: Kind) {
        for index in kind.fields.indices where kind.fields[index][0] & 7 == 2 {
            let tag = kind.fields[index][0], value = kind.fields[index].dropFirst(2)
            for (length, expected): ([UInt8], WireError) in [
                ([0xff, 0xff, 0xff, 0xff, 0x07], .truncated), ([0x80, 0x80, 0x80, 0x80, 0x08], .truncated),
                ([0xff, 0xff, 0xff, 0xff, 0x0f], .truncated), ([0xff, 0xff, 0xff, 0xff, 0x1f], .malformed),
                ([UInt8(value.count) | 0x80, 0x00], .malformed), ([UInt8](repeating: 0xff, count: 10), .malformed),
            ] {
                var fields = kind.fields
                fields[index] = [tag] + length + value
                #expect(kind.error(kind.framed(Array(fields.joined()))) == expected, "\(length)")
            }
        }
    }
}
