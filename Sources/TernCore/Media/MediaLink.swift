// Owns the link to an encrypted file: its address and its key in one text, which is a secret. It must not know what stands
// around it in a message.

public import TernCrypto

/// `aesgcm://host/path#<nonce><key>` (XEP-0454 §3). It cannot be copied, and so not be printed either. Nothing may make it
/// clickable: a browser would fetch it, and might tell the key to the server (§5).
public struct MediaLink: ~Copyable, Sendable {
    /// Where the file lies; nil for a file that is not uploaded yet.
    public let place: MediaPlace?
    /// What opens it.
    public let key: MediaKey

    /// Links a file that lies somewhere, or does not yet.
    public init(_ place: MediaPlace?, _ key: consuming MediaKey) {
        self.place = place
        self.key = key
    }

    /// Parses a link.
    /// - Throws: ``MediaError``.
    public init(_ text: Span<UInt8>) throws(MediaError) {
        let hash = try MediaLink.hash(in: text)
        let bytes = (0..<hash).map { text[$0] }
        guard MediaLink.hasScheme(bytes[...]) else { throw .wrongScheme }
        let place = try MediaPlace(rest: bytes[MediaLink.scheme.utf8.count...])
        self.init(place, try MediaKey(fragment: text.extracting((hash + 1)..<text.count)))
    }

    /// Parses a link, or its end from the `#` on, which is all there is before the file is uploaded.
    /// - Throws: ``MediaError``.
    public init(orFragment text: Span<UInt8>) throws(MediaError) {
        guard text.count > 0, text[0] == UInt8(ascii: "#") else {
            try self.init(text)
            return
        }
        self.init(nil, try MediaKey(fragment: text.extracting(1..<text.count)))
    }

    /// The link, or its end from the `#` on. A secret.
    public func text() -> SecretBytes {
        let head = Array(((place.map { MediaLink.scheme + $0.rest } ?? "") + "#").utf8)
        let fragment = key.fragment()
        var text = SecretBytes(count: head.count + fragment.count)
        text.write(head.span, at: 0)
        text.write(fragment.span, at: head.count)
        return text
    }

    private static let scheme = "aesgcm://"

    /// Schemes are the same in either case (RFC 3986 §3.1).
    private static func hasScheme(_ bytes: ArraySlice<UInt8>) -> Bool {
        String(decoding: bytes.prefix(scheme.utf8.count), as: UTF8.self).lowercased() == scheme
    }

    /// Where the `#` stands. What has none may be anything, and is told apart by its beginning.
    private static func hash(in text: Span<UInt8>) throws(MediaError) -> Int {
        for index in text.indices where text[index] == UInt8(ascii: "#") { return index }
        let beginning = (0..<min(text.count, scheme.utf8.count)).map { text[$0] }
        throw hasScheme(beginning[...]) ? .badFragment : .wrongScheme
    }
}
