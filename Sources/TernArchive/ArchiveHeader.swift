// Owns how a file begins: what it is, and how its passphrase becomes a key. It must not know what is sealed.

internal import TernCore
internal import TernCrypto

/// The beginning of a file, which everybody can read. `docs/account-file.md` describes it byte by byte.
public struct ArchiveHeader: Hashable, Sendable {
    /// The format that this version of Tern writes.
    public static let format = 1
    /// How every file begins; the format follows, and a line feed.
    static let mark = Array("tern-account/".utf8)
    /// Bytes of a header of this format.
    static let length = 15 + 8 + PasswordKey.saltLength + noncePrefixLength + checkLength + checksumLength
    static let noncePrefixLength = PieceCipher.prefixLength
    private static let checkLength = 32
    private static let checksumLength = 8
    // The file says what a passphrase costs, so somebody else may have written it: no more than a laptop can give.
    private static let allowedPasses: ClosedRange<UInt32> = 1...16
    private static let allowedKibibytes: ClosedRange<UInt32> = 8...(1 << 20)

    let bytes: [UInt8]

    private var cost: PasswordKey.Cost {
        PasswordKey.Cost(passes: Self.number(bytes[15..<19]), kibibytes: Self.number(bytes[19..<23]))
    }
    private var salt: [UInt8] { Array(bytes[23..<39]) }
    var noncePrefix: [UInt8] { Array(bytes[39..<54]) }
    var check: [UInt8] { Array(bytes[54..<86]) }

    /// Reads a header.
    /// - Parameter source: Gives at most so many bytes; none is the end.
    /// - Throws: ``ArchiveError/foreign``, ``ArchiveError/newer(version:)``, and ``ArchiveError/unauthentic`` where its checksum does not
    ///   fit.
    public init(from source: (Int) throws(ArchiveError) -> [UInt8]) throws(ArchiveError) {
        var bytes: [UInt8] = []
        while bytes.count < Self.length {
            let piece = try source(Self.length - bytes.count)
            if piece.isEmpty { break }
            bytes += piece
        }
        guard bytes.starts(with: Self.mark) else { throw .foreign }
        let rest = bytes.dropFirst(Self.mark.count)
        guard let end = rest.prefix(6).firstIndex(of: UInt8(ascii: "\n")),
            let version = Int(String(decoding: rest[..<end], as: UTF8.self)), version > 0
        else { throw .unauthentic }
        guard version <= Self.format else { throw .newer(version: version) }
        guard bytes.count == Self.length, Self.checksum(bytes.dropLast(Self.checksumLength)) == bytes.suffix(8) else {
            throw .unauthentic
        }
        self.bytes = bytes
    }

    /// Makes a header, and the key that goes with it.
    /// - Throws: ``ArchiveError/limitExceeded`` where the memory for the cost is not there.
    static func make(
        _ passphrase: Span<UInt8>, cost: PasswordKey.Cost, entropy: inout some Entropy, _ key: inout ArchiveKey?
    ) throws(ArchiveError) -> ArchiveHeader {
        var bytes = mark + Array("\(format)\n".utf8)
        for number in [cost.passes, cost.kibibytes] {
            for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
        }
        let salt = entropy.bytes(PasswordKey.saltLength)
        bytes += salt + entropy.bytes(noncePrefixLength)
        let made = try ArchiveKey.make(passphrase, salt: salt, cost: cost)
        bytes += made.check
        bytes += checksum(bytes[...])
        key = consume made
        return ArchiveHeader(bytes)
    }

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The key of the file.
    /// - Throws: ``ArchiveError/wrongPassphrase``, ``ArchiveError/limitExceeded``.
    public func key(_ passphrase: Span<UInt8>) throws(ArchiveError) -> ArchiveKey {
        guard Self.allowedPasses.contains(cost.passes), Self.allowedKibibytes.contains(cost.kibibytes) else {
            throw .limitExceeded
        }
        let key = try ArchiveKey.make(passphrase, salt: salt, cost: cost)
        let isRight = key.fits(self)
        guard isRight else { throw .wrongPassphrase }
        return key
    }

    /// What tells a damaged header from a wrong passphrase. It keeps nobody from changing the header: the sealed pieces do.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        Array(SHA256.digest(Array(bytes).span).array.prefix(checksumLength))
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }
}
