// Owns why bytes are not a JSON document.

/// Why bytes are not a JSON document, and where.
public struct JSONError: Error, Equatable, Sendable {
    /// What is wrong.
    public enum Reason: String, Sendable {
        case truncated = "the document ends too early"
        case invalidSyntax = "something that cannot stand here"
        case trailingBytes = "bytes after the document"
        case tooDeep = "nested too deeply"
        case invalidUTF8 = "text that is not UTF-8"
        case nullCharacter = "a character of no value"
        case numberTooLarge = "a number that is too large"
        case repeatedName = "an object with the same name twice"
        case unreadable = "something that cannot be read"
    }

    /// What is wrong.
    public let reason: Reason
    /// The offset of the byte at which it was found.
    public let offset: Int
}
