// Owns what people compare: the short name of a public key. It must not know which algorithm the key belongs to.

/// The fingerprint of a public key, or for OMEMO the key itself: 16 to 64 bytes.
public struct Fingerprint: Hashable, Sendable {
    /// 20 bytes for OTR and OpenPGP version 4, 32 for OMEMO.
    public let bytes: [UInt8]

    /// Takes the bytes.
    /// - Throws: ``AddressError/badFingerprint``.
    public init(_ bytes: [UInt8]) throws(AddressError) {
        guard (16...64).contains(bytes.count) else { throw .badFingerprint }
        self.bytes = bytes
    }

    /// Parses hexadecimal digits of either case. Spaces and colons, which people put in groups, are passed over.
    /// - Throws: ``AddressError/badFingerprint``.
    public init(hex text: String) throws(AddressError) {
        var digits: [UInt8] = []
        for character in text.unicodeScalars where character != " " && character != ":" {
            guard character.isASCII, let digit = Character(character).hexDigitValue else { throw .badFingerprint }
            digits.append(UInt8(digit))
        }
        guard digits.count.isMultiple(of: 2) else { throw .badFingerprint }
        try self.init(stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
    }

    /// Upper-case digits without spaces.
    public var hex: String {
        let digits = bytes.flatMap { [Fingerprint.digits[Int($0 >> 4)], Fingerprint.digits[Int($0 & 15)]] }
        return String(decoding: digits, as: UTF8.self)
    }

    private static let digits = Array("0123456789ABCDEF".utf8)
}
