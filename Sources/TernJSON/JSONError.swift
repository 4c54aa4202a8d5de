// Owns why bytes are not a JSON document.

/// Why bytes are not a JSON document, and where.
public struct JSONError: Error, Equatable, Sendable {
    /// What is wrong.
    public enum Reason: String, Sendable {
        case truncated = "the document ends too early"
        case unexpectedByte = "a byte that cannot stand here"
        case trailingBytes = "bytes after the document"
        case tooDeep = "nested too deeply"
        case invalidUTF8 = "text that is not UTF-8"
        case invalidEscape = "an escape that stands for no character"
        case invalidNumber = "a number that is none, or has too many digits"
        case repeatedName = "an object with the same name twice"
    }

    /// What is wrong.
    public let reason: Reason
    /// The offset of the byte at which it was found.
    public let offset: Int
}
