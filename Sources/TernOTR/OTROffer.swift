// Owns what the other end's first word offers: versions in a query, in a tag of spaces and tabs, or in a key exchange that begins
// unasked. It must not know which of them are spoken here.

internal import Glibc

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

    /// Finds an offer in a message, up to a zero byte if there is one.
    public init?(_ body: String) {
        let found = unsafe body.withCString { text in unsafe OTROffer.find(text) }
        guard let found else { return nil }
        (form, versions) = found
    }

    private static func find(_ text: UnsafePointer<CChar>) -> (Form, Set<UInt8>)? {
        if let word = unsafe end(of: "?OTR", in: text) {
            if let versions = unsafe query(word) { return (.query, versions) }
            if let version = unsafe commit(word) { return (.keyExchange, [version]) }
            // what is encoded has no tag
            if unsafe word.pointee == CChar(UInt8(ascii: ":")) { return nil }
        }
        return unsafe tag(text).map { (.tag, $0) }
    }

    /// What stands behind the word: `?OTR?` is version 1, `?OTRv23?` others, `?OTR?v2?` both.
    private static func query(_ word: UnsafePointer<CChar>) -> Set<UInt8>? {
        var place = unsafe word
        var versions: Set<UInt8> = []
        if unsafe place.pointee == CChar(UInt8(ascii: "?")) {
            versions.insert(1)
            unsafe place += 1
        }
        guard unsafe place.pointee == CChar(UInt8(ascii: "v")) else { return versions.isEmpty ? nil : versions }
        var listed: [UInt8] = []
        for _ in 0...longestList {
            unsafe place += 1
            let character = unsafe UInt8(bitPattern: place.pointee)
            if character == UInt8(ascii: "?") { return versions.union(listed) }
            guard character != 0 else { break }
            // letters are reserved for versions that nobody has made
            if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character) {
                listed.append(character - UInt8(ascii: "0"))
            }
        }
        return versions.isEmpty ? nil : versions
    }

    private static let longestList = 64

    /// The Base64 of a version's two bytes and of a type's one.
    private static func commit(_ word: UnsafePointer<CChar>) -> UInt8? {
        for (beginning, version) in commits where unsafe strncmp(word, beginning, 5) == 0 { return version }
        return nil
    }

    private static let commits: [(String, UInt8)] = [(":AAIC", 2), (":AAMC", 3), (":AAQ1", 4)]

    /// Sixteen spaces and tabs, and eight for each version, anywhere in a message.
    private static func tag(_ text: UnsafePointer<CChar>) -> Set<UInt8>? {
        guard var place = unsafe end(of: mark, in: text) else { return nil }
        var versions: Set<UInt8> = []
        for _ in unsafe 0..<strspn(place, "\u{20}\t") / 8 {
            for (blanks, version) in marks where unsafe strncmp(place, blanks, 8) == 0 { versions.insert(version) }
            unsafe place += 8
        }
        return versions
    }

    private static let mark: StaticString = "\u{20}\t\u{20}\u{20}\t\t\t\t\u{20}\t\u{20}\t\u{20}\t\u{20}\u{20}"
    private static let marks: [(String, UInt8)] = [
        ("\u{20}\t\u{20}\t\u{20}\u{20}\t\u{20}", 1), ("\u{20}\u{20}\t\t\u{20}\u{20}\t\u{20}", 2),
        ("\u{20}\u{20}\t\t\u{20}\u{20}\t\t", 3), ("\u{20}\u{20}\t\t\u{20}\t\u{20}\u{20}", 4),
    ]

    /// Where the first `pattern` ends. Each message that comes is looked at, so that it has to be quick.
    private static func end(of pattern: StaticString, in text: UnsafePointer<CChar>) -> UnsafePointer<CChar>? {
        unsafe pattern.utf8Start.withMemoryRebound(to: CChar.self, capacity: pattern.utf8CodeUnitCount + 1) {
            unsafe strstr(text, $0)
        }.map { unsafe UnsafePointer($0) + pattern.utf8CodeUnitCount }
    }
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
