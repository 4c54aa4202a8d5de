// Owns what the other end's first word offers: versions in a query, in a tag of spaces and tabs, or in a key exchange that begins
// unasked. It must not know which of them are spoken here.

/// A wish to talk in private.
public struct OTROffer: Hashable, Sendable {
    /// How it was said.
    public enum Form: Hashable, Sendable {
        /// A query, which a person may see.
        case query
        /// Spaces and tabs in a message that anybody can read.
        case tag
        /// The first message of a key exchange.
        case keyExchange
    }

    /// How it was said.
    public let form: Form
    /// The versions, as numbers: some are not spoken by anybody any more, or not yet.
    public let versions: Set<UInt8>

    /// Finds an offer in a message.
    public init?(_ body: String) {
        let bytes = Array(body.utf8)
        if let query = OTROffer.query(bytes) {
            (form, versions) = (.query, query)
        } else if let version = OTROffer.commit(bytes) {
            (form, versions) = (.keyExchange, [version])
        } else if let tag = OTROffer.tag(bytes) {
            (form, versions) = (.tag, tag)
        } else {
            return nil
        }
    }

    /// `?OTR?` is version 1, `?OTRv23?` others, `?OTR?v2?` both.
    private static func query(_ bytes: [UInt8]) -> Set<UInt8>? {
        guard let start = bytes.firstRange(of: Array("?OTR".utf8)) else { return nil }
        var rest = bytes[start.upperBound...]
        var versions: Set<UInt8> = []
        if rest.first == UInt8(ascii: "?") {
            versions.insert(1)
            rest = rest.dropFirst()
        }
        guard rest.first == UInt8(ascii: "v") else { return versions.isEmpty ? nil : versions }
        rest = rest.dropFirst()
        guard let end = rest.firstIndex(of: UInt8(ascii: "?")), end - rest.startIndex <= longestList else {
            return versions.isEmpty ? nil : versions
        }
        for digit in rest[..<end] {
            // letters are reserved for versions that nobody has made
            if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) { versions.insert(digit - UInt8(ascii: "0")) }
        }
        return versions
    }

    private static let longestList = 64

    /// The Base64 of a version's two bytes and of a type's one.
    private static func commit(_ bytes: [UInt8]) -> UInt8? {
        let types: [(String, UInt8)] = [("?OTR:AAIC", 2), ("?OTR:AAMC", 3), ("?OTR:AAQ1", 4)]
        return types.first { bytes.firstRange(of: Array($0.0.utf8)) != nil }?.1
    }

    /// Sixteen spaces and tabs, and eight for each version, anywhere in a message.
    private static func tag(_ bytes: [UInt8]) -> Set<UInt8>? {
        guard
            let start = bytes.firstRange(of: blank("\u{20}\t\u{20}\u{20}\t\t\t\t\u{20}\t\u{20}\t\u{20}\t\u{20}\u{20}"))
        else {
            return nil
        }
        let known: [([UInt8], UInt8)] = [
            (blank("\u{20}\t\u{20}\t\u{20}\u{20}\t\u{20}"), 1), (blank("\u{20}\u{20}\t\t\u{20}\u{20}\t\u{20}"), 2),
            (blank("\u{20}\u{20}\t\t\u{20}\u{20}\t\t"), 3), (blank("\u{20}\u{20}\t\t\u{20}\t\u{20}\u{20}"), 4),
        ]
        var versions: Set<UInt8> = []
        var rest = bytes[start.upperBound...]
        while rest.count >= 8, rest.prefix(8).allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
            if let version = known.first(where: { rest.starts(with: $0.0) })?.1 { versions.insert(version) }
            rest = rest.dropFirst(8)
        }
        return versions
    }

    private static func blank(_ text: String) -> [UInt8] { Array(text.utf8) }
}

extension OTROffer {
    /// A text with a tag that offers versions to whoever knows it. It is sent in the clear, and looks the same.
    public static func tagging(_ text: String, with versions: Set<OTRVersion>) -> String {
        var tag = "\u{20}\t\u{20}\u{20}\t\t\t\t\u{20}\t\u{20}\t\u{20}\t\u{20}\u{20}"
        for version in versions.sorted() {
            tag += version == .v2 ? "\u{20}\u{20}\t\t\u{20}\u{20}\t\u{20}" : "\u{20}\u{20}\t\t\u{20}\u{20}\t\t"
        }
        return text + tag
    }
}
