// Owns the ways in which a store can fail. Numbers only: no path, no row, nobody's name.

/// Why a store could not be opened, read or written.
public enum StoreError: Error, Hashable, Sendable {
    /// Another process holds it; its number where it can be asked.
    case held(process: Int32?)
    /// There is no store, or no such account in it.
    case missing
    /// There is such an account, or a store, already.
    case exists
    /// What is there is damaged, or no store.
    case damaged
    /// The account has moved elsewhere: here it does nothing any more.
    case moved
    /// It is older than what was seen of it before.
    case rolledBack
    /// A later version of Tern wrote it.
    case newer(version: Int)
    /// Others than its owner may read it.
    case exposed
    /// It is sealed, and was opened without a passphrase or key.
    case sealed
    /// The passphrase or key does not open it.
    case wrongKey
    /// No space is left.
    case full
    /// The system refuses to read or write; its error number.
    case failing(code: Int32)
    /// SQLite or libsodium refuses; its number.
    case backend(code: Int32)
}
