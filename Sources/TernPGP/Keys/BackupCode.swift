// Owns the code that a secret key is kept under on a server (XEP-0373 §5.4). It must not know what is encrypted with it.

public import TernCore
public import TernCrypto

/// Twenty-four characters, which a person writes down: 122 bits.
public struct BackupCode: ~Copyable, Sendable {
    private let bytes: SecretBytes

    /// A new one.
    public init(from entropy: inout some Entropy) {
        var bytes = SecretBytes(count: BackupCode.length)
        for place in 0..<BackupCode.length {
            var span = bytes.mutableSpan
            span[place] =
                place % 5 == 4
                ? UInt8(ascii: "-")
                : BackupCode.alphabet[Int(entropy.number(below: UInt32(BackupCode.alphabet.count)))]
        }
        self.bytes = bytes
    }

    /// One that a person typed: small letters and missing dashes do not matter.
    /// - Throws: ``TernCore/SessionError/malformed``.
    public init(typed text: borrowing SecretBytes) throws(SessionError) {
        var bytes = SecretBytes(count: BackupCode.length)
        var place = 0
        let typed = text.span
        for index in typed.indices {
            var byte = typed[index]
            if byte.isWhiteSpace || byte == UInt8(ascii: "-") { continue }
            if (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) { byte -= 0x20 }
            guard BackupCode.alphabet.contains(byte), place < BackupCode.length else { throw .malformed }
            var span = bytes.mutableSpan
            span[place] = byte
            place += 1
            if place % 5 == 4, place < BackupCode.length {
                span[place] = UInt8(ascii: "-")
                place += 1
            }
        }
        guard place == BackupCode.length else { throw .malformed }
        self.bytes = bytes
    }

    /// Six groups of four with dashes between them, which are part of the passphrase.
    public var passphrase: SecretBytes { bytes.withSpan { SecretBytes(copying: $0) } }

    private static let length = 29
    private static let alphabet = Array("123456789ABCDEFGHIJKLMNPQRSTUVWXYZ".utf8)
}
