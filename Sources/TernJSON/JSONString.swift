// Owns JSON's strings: escapes, and nothing but UTF-8. It must not know where in a document they stand.

/// Reading of the text between two quotation marks (RFC 8259 §7).
enum JSONString {
    /// Reads from the byte after the opening mark to the one after the closing mark.
    static func read(_ bytes: [UInt8], from offset: inout Int) throws(JSONError) -> String {
        let start = offset
        var text: [UInt8] = []
        var copied = offset
        while true {
            guard offset < bytes.count else { throw JSONError(reason: .truncated, offset: offset) }
            switch bytes[offset] {
            case UInt8(ascii: "\""):
                text += bytes[copied..<offset]
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw JSONError(reason: .invalidUTF8, offset: start)
                }
                offset += 1
                return string
            case UInt8(ascii: "\\"):
                text += bytes[copied..<offset]
                try readEscape(bytes, from: &offset, into: &text)
                copied = offset
            case 0..<0x20:
                throw JSONError(reason: .unexpectedByte, offset: offset)
            default:
                offset += 1
            }
        }
    }

    private static func readEscape(
        _ bytes: [UInt8], from offset: inout Int, into text: inout [UInt8]
    ) throws(JSONError) {
        guard offset + 1 < bytes.count else { throw JSONError(reason: .truncated, offset: offset) }
        let letter = bytes[offset + 1]
        if letter == UInt8(ascii: "u") {
            text += Array(String(try readScalar(bytes, from: &offset)).utf8)
            return
        }
        guard let byte = escapes[letter] else { throw JSONError(reason: .invalidEscape, offset: offset) }
        text.append(byte)
        offset += 2
    }

    /// One `\uXXXX`, or two that are a surrogate pair.
    private static func readScalar(_ bytes: [UInt8], from offset: inout Int) throws(JSONError) -> Character {
        let start = offset
        let first = try readUnit(bytes, from: &offset)
        if let scalar = Unicode.Scalar(first) { return Character(scalar) }
        guard (0xd800..<0xdc00).contains(first), offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"),
            bytes[offset + 1] == UInt8(ascii: "u")
        else { throw JSONError(reason: .invalidEscape, offset: start) }
        let second = try readUnit(bytes, from: &offset)
        guard (0xdc00..<0xe000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
        else { throw JSONError(reason: .invalidEscape, offset: start) }
        return Character(scalar)
    }

    private static func readUnit(_ bytes: [UInt8], from offset: inout Int) throws(JSONError) -> UInt32 {
        guard offset + 6 <= bytes.count else { throw JSONError(reason: .truncated, offset: offset) }
        var unit: UInt32 = 0
        for byte in bytes[offset + 2..<offset + 6] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw JSONError(reason: .invalidEscape, offset: offset)
            }
            unit = unit << 4 | UInt32(digit)
        }
        offset += 6
        return unit
    }

    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "\""): 0x22, UInt8(ascii: "\\"): 0x5c, UInt8(ascii: "/"): 0x2f, UInt8(ascii: "b"): 0x08,
        UInt8(ascii: "f"): 0x0c, UInt8(ascii: "n"): 0x0a, UInt8(ascii: "r"): 0x0d, UInt8(ascii: "t"): 0x09,
    ]
}
