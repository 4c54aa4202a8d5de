// Owns where an account that came out of a file was before. It must not know files.

/// Where the rows of an account come from.
public enum Provenance: Hashable, Sendable {
    /// A store that has ended its own use of them.
    case move
    /// A store that may have gone on.
    case copy
}
