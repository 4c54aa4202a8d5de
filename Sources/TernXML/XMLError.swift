// Owns the ways in which XML can be refused. Numbers only: no text of the document.

/// Why a document was not read, or a tree not written.
public enum XMLError: Error, Equatable, Sendable {
    /// Not well-formed, or not UTF-8. `code` is expat's; `offset` counts bytes from the document's start.
    case malformed(code: Int, offset: Int)
    /// Well-formed XML that XMPP does not allow (RFC 6120 §11.1).
    case forbidden(Construct)
    /// The document ends before its root element does.
    case unfinished
    /// Something was fed after the document's end, or after an error.
    case closed
    /// More than the limits allow; see ``XMLLimits``.
    case limitExceeded(Limit)
    /// A name in the tree is no name in XML, or its namespace is one that nothing may be put in.
    case invalidName
    /// A text in the tree holds a character that XML 1.0 cannot carry, not even escaped.
    case forbiddenCharacter(UInt32)
    /// expat could not be started.
    case backend

    /// What RFC 6120 §11.1 forbids.
    public enum Construct: Equatable, Sendable {
        case doctype, processingInstruction, comment
        /// A declaration of another encoding than UTF-8 or another version than 1.0.
        case declaration
    }

    /// Which of ``XMLLimits`` was met.
    public enum Limit: Equatable, Sendable {
        case bytes, depth, attributes, namespace
    }
}
