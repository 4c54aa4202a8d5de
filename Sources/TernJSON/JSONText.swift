// Owns the writing of JSON: one line or a line a value, names in order, nothing that a terminal would act on.

extension JSONValue {
    /// The value on one line, without a line feed.
    public var text: String {
        var output = ""
        write(into: &output)
        return output
    }

    /// The value with each of its values on a line of its own, for files that people compare. No line feed at the end.
    public var indentedText: String {
        var output = ""
        write(into: &output, indentation: "\n")
        return output
    }

    private func write(into output: inout String, indentation: String) {
        let inner = indentation + " "
        switch self {
        case .array(let elements) where !elements.isEmpty:
            output += "["
            for (index, element) in elements.enumerated() {
                output += index > 0 ? "," + inner : inner
                element.write(into: &output, indentation: inner)
            }
            output += indentation + "]"
        case .object(let object) where !object.members.isEmpty:
            output += "{"
            for (index, member) in object.members.enumerated() {
                output += index > 0 ? "," + inner : inner
                JSONValue.write(member.name, into: &output)
                output += ": "
                member.value.write(into: &output, indentation: inner)
            }
            output += indentation + "}"
        default: write(into: &output)
        }
    }

    private func write(into output: inout String) {
        switch self {
        case .null: output += "null"
        case .boolean(let value): output += value ? "true" : "false"
        case .number(let digits): output += digits
        case .string(let text): JSONValue.write(text, into: &output)
        case .array(let elements):
            output += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { output += "," }
                element.write(into: &output)
            }
            output += "]"
        case .object(let object):
            output += "{"
            for (index, member) in object.members.enumerated() {
                if index > 0 { output += "," }
                JSONValue.write(member.name, into: &output)
                output += ":"
                member.value.write(into: &output)
            }
            output += "}"
        }
    }

    /// Escapes what JSON demands and, beyond it, everything that a terminal would act on or not show.
    private static func write(_ text: String, into output: inout String) {
        output += "\""
        // nearly all texts
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            output += text
            output += "\""
            return
        }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\r": output += "\\r"
            case "\t": output += "\\t"
            case _ where scalar.isUnsafeOnTerminal:
                // above U+FFFF an escape is a pair of surrogates (RFC 8259 §7)
                for unit in UTF16.encode(scalar) ?? .init() {
                    let digits = String(unit, radix: 16)
                    output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            default: output.unicodeScalars.append(scalar)
            }
        }
        output += "\""
    }
}

extension Unicode.Scalar {
    /// What a terminal acts on, or a person cannot see: control characters, line and paragraph separators, marks that
    /// change the direction of text, tags and the other invisible characters, what is no character at all. The joiners
    /// and variation selectors that scripts and emoji are written with stay.
    public var isUnsafeOnTerminal: Bool {
        switch value {
        case 0x20..<0x7f: false
        case 0..<0x20, 0x7f..<0xa0, 0x2028, 0x2029, 0xfff9...0xfffb: true
        case 0x200c, 0x200d, 0xfe00...0xfe0f: false
        case 0xfdd0...0xfdef: true
        case _ where value & 0xfffe == 0xfffe: true
        case Unicode.Scalar.bytesAsScalars: true
        default: properties.isDefaultIgnorableCodePoint
        }
    }

    /// Where a name of a file that is not UTF-8 keeps its bytes, at the end of the last private plane.
    public static let bytesAsScalars: ClosedRange<UInt32> = 0x10_ff80...0x10_ffff
}
