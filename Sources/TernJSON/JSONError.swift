// Owns why bytes are not a JSON document.

/// Why bytes are not a JSON document, and where.
public struct JSONError: Error, Equatable, Sendable {
    /// What is wrong.
    public enum Reason: String, Sendable {
        case truncated = "the document ends too early"
        case invalidSyntax = "something that cannot stand here"
        case trailingBytes = "bytes after the document"
        case tooDeep = "nested too deeply"
        case tooManyValues = "too many values"
        case invalidUTF8 = "text that is not UTF-8"
        case nullCharacter = "a character of no value"
        case numberTooLarge = "a number that is too large"
        case repeatedName = "an object with the same name twice"
        case unreadable = "something that cannot be read"

        /// Whether the document may be right, and is more than the reader takes.
        public var isLimit: Bool { self == .tooDeep || self == .tooManyValues }
    }

    /// What is wrong.
    public let reason: Reason
    /// The offset of the byte at which it was found, where that is known.
    public let offset: Int?

    /// In words.
    public var text: String {
        offset.map { "\(reason.rawValue), at byte \($0)" } ?? reason.rawValue
    }
}
