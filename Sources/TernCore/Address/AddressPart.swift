// Owns which characters the parts of an address may hold. It must not know how an address is put together.

/// The rules of RFC 7622 that need no Unicode tables beyond the standard library's.
enum AddressPart {
    /// RFC 7622 §3.2 to §3.4: 1 to 1023 bytes.
    static func fits(_ part: String) -> Bool {
        (1...1023).contains(part.utf8.count)
    }

    /// Letters, digits, hyphens and dots, with no empty label; or an IPv6 address in brackets.
    static func isDomain(_ part: String) -> Bool {
        let bytes = part.utf8
        if bytes.first == UInt8(ascii: "["), bytes.last == UInt8(ascii: "]") {
            return bytes.dropFirst().dropLast().allSatisfy { byte in
                isHexadecimal(byte) || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
            }
        }
        let labels = part.split(separator: ".", omittingEmptySubsequences: false)
        return labels.allSatisfy { label in
            !label.isEmpty && label.unicodeScalars.allSatisfy { $0.isASCII ? isLetterDigitHyphen($0) : isPlain($0) }
        }
    }

    /// RFC 7622 §3.3.1: no space, no control, and none of `"&'/:<>@`.
    static func isLocal(_ part: String) -> Bool {
        part.unicodeScalars.allSatisfy { isPlain($0) && !isForbidden($0) }
    }

    /// RFC 7622 §3.4.1: the OpaqueString profile lets nearly everything through, but no control.
    static func isResource(_ part: String) -> Bool {
        part.unicodeScalars.allSatisfy { $0 == " " || isPlain($0) || $0.properties.generalCategory == .spaceSeparator }
    }

    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\"", "&", "'", "/", ":", "<", ">", "@": true
        default: false
        }
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (0x21..<0x7f).contains(scalar.value) }
        return switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned: false
        case .spaceSeparator, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }

    private static func isLetterDigitHyphen(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) || scalar == "-"
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}

extension String {
    /// The text in lower case. A letter of another script that would become one of ASCII, as the sign for kelvin, stays as
    /// it is: it is no other way to write that one.
    var folded: String {
        guard !utf8.allSatisfy({ $0 < 0x80 && !(0x41...0x5A).contains($0) }) else { return self }
        var folded = ""
        for scalar in unicodeScalars {
            let lower = scalar.properties.lowercaseMapping
            if !scalar.isASCII, lower.utf8.contains(where: { $0 < 0x80 }) {
                folded.unicodeScalars.append(scalar)
            } else {
                folded += lower
            }
        }
        return folded
    }
}
