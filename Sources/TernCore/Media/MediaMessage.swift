// Owns the body of a message that shares a file: a link, and perhaps a small picture of it. It must not know how bodies are
// encrypted.

public import TernCrypto

/// A link and perhaps a thumbnail (XEP-0454 §3): one line, or two.
public struct MediaMessage: ~Copyable, Sendable {
    /// Where the file lies and what opens it.
    public let link: MediaLink
    /// A JPEG, which the message vouches for and the file does not.
    public let thumbnail: [UInt8]?

    /// Bytes of the largest thumbnail that is written. XEP-0454 §3 speaks of 5 KiB; a stanza has to hold it for every device.
    public static let maximumThumbnail = 1 << 15
    /// Bytes of the largest body that is read.
    public static let maximumLength = 1 << 18

    /// Puts a body together.
    /// - Throws: ``MediaError/badThumbnail`` for what is no JPEG, ``MediaError/thumbnailTooLarge``.
    public init(_ link: consuming MediaLink, thumbnail: [UInt8]? = nil) throws(MediaError) {
        if let thumbnail {
            guard MediaMessage.isJPEG(thumbnail) else { throw .badThumbnail }
            guard thumbnail.count <= MediaMessage.maximumThumbnail else { throw .thumbnailTooLarge }
        }
        self.link = link
        self.thumbnail = thumbnail
    }

    /// Parses a body. One line end at its end is passed over, as programs add it.
    /// - Parameter mayLackPlace: Whether a link may be only its end from the `#` on.
    /// - Throws: ``MediaError``.
    public init(body: Span<UInt8>, mayLackPlace: Bool = false) throws(MediaError) {
        guard body.count <= MediaMessage.maximumLength else { throw .tooLong }
        let newLine = UInt8(ascii: "\n")
        let end = body.count > 0 && body[body.count - 1] == newLine ? body.count - 1 : body.count
        var first = end
        for index in 0..<end where body[index] == newLine {
            first = index
            break
        }
        let line = body.extracting(0..<first)
        let thumbnail = first == end ? nil : try MediaMessage.thumbnail(body.extracting((first + 1)..<end))
        self.init(read: mayLackPlace ? try MediaLink(orFragment: line) : try MediaLink(line), thumbnail)
    }

    private init(read link: consuming MediaLink, _ thumbnail: [UInt8]?) {
        self.link = link
        self.thumbnail = thumbnail
    }

    /// The body, without a line end. A secret.
    public func body() -> SecretBytes {
        let link = link.text()
        let second = thumbnail.map { Array("\n\(MediaMessage.written)\(Base64.encode($0.span))".utf8) } ?? []
        var body = SecretBytes(count: link.count + second.count)
        body.write(link.span, at: 0)
        body.write(second.span, at: link.count)
        return body
    }

    /// XEP-0454's example leaves `;base64` out, which RFC 2397 asks for: one is written, both are read.
    private static let written = "data:image/jpeg;base64,"
    private static let read = [written, "data:image/jpeg,"]

    private static func thumbnail(_ line: Span<UInt8>) throws(MediaError) -> [UInt8] {
        let text = String(decoding: line.indices.map { line[$0] }, as: UTF8.self)
        guard let head = read.first(where: { text.hasPrefix($0) }),
            let bytes = try? Base64.decode(String(text.dropFirst(head.count))), isJPEG(bytes)
        else { throw .badThumbnail }
        return bytes
    }

    private static func isJPEG(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: [0xff, 0xd8, 0xff])
    }
}
