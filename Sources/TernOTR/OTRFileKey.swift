// Owns the key of a file under the extra symmetric key, and how such a file begins. It must not know where a file lies.

public import TernCore
public import TernCrypto

/// The key of a file that is shared in a conversation of OTR. `docs/otr-file.md` describes the file byte by byte; no specification
/// has it.
///
/// The extra key stays the same until the session keys turn, so that each file has a salt of its own, which the announcement carries and
/// the file begins with.
public struct OTRFileKey: ~Copyable, Sendable {
    /// What the extra key of a file is announced for: "Tern" in ASCII.
    public static let use: UInt32 = 0x5465_726e
    /// Bytes of the salt, which an announcement carries.
    public static let saltLength = 32
    /// Bytes before the first piece.
    public static let headerLength = mark.count + saltLength
    /// How every file begins: what it is, its version, a line feed.
    private static let mark = Array("tern-otr-file/1\n".utf8)
    private static let prefix = [UInt8](repeating: 0, count: PieceCipher.prefixLength)

    /// What stands before the pieces.
    public let header: [UInt8]
    private let key: Secret<32>

    /// The key of the file that an announcement is about.
    /// - Throws: ``TernCore/SessionError/malformed`` for an announcement of something else.
    public init(_ extra: ExtraKey) throws(SessionError) {
        guard extra.use == OTRFileKey.use, extra.data.count == OTRFileKey.saltLength else { throw .malformed }
        do throws(CryptoError) {
            self.init(OTRFileKey.mark + extra.data, try OTRFileKey.derive(extra.secret, salt: extra.data))
        } catch {
            throw .backend(code: 0)
        }
    }

    private init(_ header: [UInt8], _ key: consuming Secret<32>) {
        self.header = header
        self.key = key
    }

    private static func derive(
        _ secret: borrowing SecretBytes, salt: [UInt8]
    ) throws(CryptoError) -> Secret<32> {
        let info = Array("tern otr file pieces".utf8)
        return try Secret<32> { bytes throws(CryptoError) in
            try HKDFSHA256.derive(from: secret.span, salt: salt.span, info: info.span, into: &bytes)
        }
    }

    /// A new file's salt.
    public static func salt(from entropy: inout some Entropy) -> [UInt8] { entropy.bytes(saltLength) }

    /// The salt of the file that begins with `bytes`.
    /// - Throws: ``TernCore/SessionError/unsupported`` where this is no such file.
    public static func salt(of bytes: [UInt8]) throws(SessionError) -> [UInt8] {
        guard bytes.count == headerLength, bytes.starts(with: mark) else { throw .unsupported }
        return Array(bytes[mark.count...])
    }

    /// Seals a piece of at most ``TernCrypto/PieceCipher/pieceLength`` bytes.
    public func seal(_ piece: Span<UInt8>, number: UInt64, isLast: Bool) throws(CryptoError) -> [UInt8] {
        try PieceCipher.seal(
            piece, number: number, isLast: isLast, key: key, prefix: OTRFileKey.prefix, authenticating: header.span)
    }

    /// Opens a piece.
    public func open(_ sealed: Span<UInt8>, number: UInt64, isLast: Bool) throws(CryptoError) -> SecretBytes {
        try PieceCipher.open(
            sealed, number: number, isLast: isLast, key: key, prefix: OTRFileKey.prefix, authenticating: header.span)
    }
}
