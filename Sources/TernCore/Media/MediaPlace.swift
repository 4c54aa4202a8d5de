// Owns where an encrypted file lies: an https address, which is no secret. It must not know its key.

/// The address of an encrypted file without its key: what stands behind `https://`, or behind `aesgcm://` before the `#`.
public struct MediaPlace: Hashable, Sendable {
    /// Host, path and query, as they were written.
    let rest: String

    /// Bytes of the longest address.
    public static let maximumLength = 4096

    /// Parses an https address, as an upload slot names it (XEP-0363).
    /// - Throws: ``MediaError``: other schemes must not be turned into a link (XEP-0454 §3).
    public init(url: String) throws(MediaError) {
        let scheme = "https://"
        let bytes = Array(url.utf8)
        guard url.prefix(scheme.count).lowercased() == scheme else { throw .wrongScheme }
        guard !bytes.contains(UInt8(ascii: "#")) else { throw .unexpectedFragment }
        try self.init(rest: bytes[scheme.utf8.count...])
    }

    /// Takes what stands behind a scheme.
    init(rest bytes: ArraySlice<UInt8>) throws(MediaError) {
        guard bytes.count <= MediaPlace.maximumLength else { throw .tooLong }
        guard bytes.allSatisfy(MediaPlace.isURLByte) else { throw .badCharacter }
        let authority = bytes.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        guard MediaPlace.isHost(authority) else { throw .badHost }
        rest = String(decoding: bytes, as: UTF8.self)
    }

    /// Where the file is fetched from.
    public var url: String { "https://" + rest }

    /// Host and perhaps port. A name and password before an `@` would make one host look like another.
    private static func isHost(_ authority: ArraySlice<UInt8>) -> Bool {
        var host = authority
        // the port is behind the last colon that no bracket of an IPv6 address follows
        if let colon = authority.lastIndex(of: UInt8(ascii: ":")),
            !authority[colon...].contains(UInt8(ascii: "]"))
        {
            host = authority[..<colon]
            let digits = authority[(colon + 1)...]
            guard digits.count <= 5, digits.allSatisfy({ (0x30...0x39).contains($0) }),
                let port = Int(String(decoding: digits, as: UTF8.self)), (1...65535).contains(port)
            else { return false }
        }
        let name = String(decoding: host, as: UTF8.self)
        return !name.contains("@") && AddressPart.fits(name) && AddressPart.isDomain(name.lowercased())
    }

    /// RFC 3986 §2, and no `#`.
    private static func isURLByte(_ byte: UInt8) -> Bool {
        (0x21...0x7e).contains(byte) && !"\"<>\\^`{|}#".utf8.contains(byte)
    }
}
