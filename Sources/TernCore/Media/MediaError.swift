// Owns the ways in which a text can fail to be a link to media. Never a part of the text: it may hold a key.

/// Why a text is no link to an encrypted file (XEP-0454 §3).
public enum MediaError: Error, Equatable, Sendable {
    /// It begins neither with `aesgcm://` nor, for an address to upload to, with `https://`.
    case wrongScheme
    /// Longer than ``MediaPlace/maximumLength``.
    case tooLong
    /// No host, or one with a name and password before it or a port that is none.
    case badHost
    /// A character that a URL cannot hold.
    case badCharacter
    /// An address to upload to that has a fragment already.
    case unexpectedFragment
    /// Not 88 or 96 hexadecimal digits behind the `#`.
    case badFragment
    /// The second line is no JPEG as a data URI, or there are more lines.
    case badThumbnail
    /// A thumbnail that is too large for a stanza.
    case thumbnailTooLarge
}
