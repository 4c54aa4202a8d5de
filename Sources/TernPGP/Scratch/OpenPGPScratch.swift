// Owns OpenPGP with keys that come along with each call, as the Stateless OpenPGP interface has it. It must not know its command line.

public import TernCore
public import TernCrypto

/// OpenPGP on a GnuPG home that is thrown away: everything that it knows is given to it.
public final class OpenPGPScratch {
    private let home: GnuPGHome
    /// Whether GnuPG has asked for a passphrase when it was to decrypt last.
    public private(set) var hasAsked = false

    /// A home with nothing in it.
    public init(within base: String) throws(SessionError) {
        home = try GnuPGHome(within: base)
    }

    /// Removes it.
    public func close() { home.end() }

    deinit { close() }

    /// How data is signed and encrypted.
    public enum Form: Sendable {
        /// As bytes.
        case binary
        /// As UTF-8 text, whose lines end as they are sent.
        case text
    }

    private func context(_ passphrase: borrowing SecretBytes?) throws(SessionError) -> GPGContext {
        switch passphrase {
        case .some(let bytes):
            try GPGContext(home.path, passphrases: Passphrases(bytes.withSpan { SecretBytes(copying: $0) }))
        case .none: try GPGContext(home.path)
        }
    }

    // MARK: Keys

    /// Takes secret keys or certificates.
    /// - Returns: Their fingerprints; those that GnuPG does not know are missing.
    public func take(_ bytes: [UInt8]) throws(SessionError) -> [Fingerprint] {
        let kind = Packet.firstKind(of: bytes)
        guard kind == .publicKey || kind == .secretKey else { throw .malformed }
        return try GPGContext(home.path).takeKeys(bytes.span)
    }

    /// Whether bytes are a transferable secret key.
    public static func isSecret(_ bytes: [UInt8]) -> Bool { Packet.firstKind(of: bytes) == .secretKey }

    /// Makes a key.
    public func makeKey(
        for userIDs: [String], protectedBy passphrase: borrowing SecretBytes?, signingOnly: Bool
    ) throws(SessionError) -> Fingerprint {
        let isProtected = passphrase != nil
        return try context(passphrase).makeKey(for: userIDs, isProtected: isProtected, signingOnly: signingOnly)
    }

    /// A transferable secret key, protected as it is.
    public func secretKey(of key: Fingerprint, passphrase: borrowing SecretBytes?) throws(SessionError) -> SecretBytes {
        try context(passphrase).secretKey(of: key)
    }

    /// A certificate, with everything that is known of it.
    public func certificate(of key: Fingerprint) throws(SessionError) -> [UInt8] {
        try GPGContext(home.path).certificate(of: key, isMinimal: false)
    }

    /// Puts another passphrase in the place of the present one; an empty one takes the protection away.
    public func changePassphrase(
        of key: Fingerprint, from old: borrowing SecretBytes?, to new: borrowing SecretBytes?
    ) throws(SessionError) {
        let passphrases = Passphrases(OpenPGPScratch.copy(old), then: OpenPGPScratch.copy(new))
        try GPGContext(home.path, passphrases: passphrases).changePassphrase(of: key)
    }

    private static func copy(_ bytes: borrowing SecretBytes?) -> SecretBytes {
        switch bytes {
        case .some(let bytes): bytes.withSpan { SecretBytes(copying: $0) }
        case .none: SecretBytes(count: 0)
        }
    }

    /// Takes a key back: the certificate says so from then on.
    public func revoke(_ key: Fingerprint, passphrase: borrowing SecretBytes?) throws(SessionError) {
        try context(passphrase).revoke(key)
    }

    /// Whether others can encrypt to a key, and whether it can sign.
    public func abilities(
        of key: Fingerprint, isSecret: Bool
    ) throws(SessionError) -> (encrypts: Bool, signs: Bool) {
        let reading = try GPGContext(home.path).reading(of: key, isSecret: isSecret)
        return (reading.canEncrypt, reading.canSign)
    }

    // MARK: Signatures

    /// How a signature stands to its text.
    public enum Placement: Sendable {
        case apart, around, clear
    }

    /// Signs with each of `keys`.
    public func sign(
        _ data: [UInt8], _ placement: Placement, _ form: Form, with keys: [Fingerprint], isArmored: Bool,
        passphrase: borrowing SecretBytes?
    ) throws(SessionError) -> [UInt8] {
        let context = try context(passphrase)
        try context.setSigners(keys)
        let place: GPGContext.SignatureForm =
            switch placement {
            case .apart: .detached
            case .around: .around
            case .clear: .clear
            }
        return try context.sign(data.span, place, GPGSpelling(isArmored: isArmored, isText: form == .text))
    }

    /// Looks at signatures that stand apart.
    public func verify(_ signatures: [UInt8], of data: [UInt8]) throws(SessionError) -> [SignatureReading] {
        try GPGContext(home.path).verify(signatures.span, of: data.span).signatures
    }

    /// The text of a message that is signed and not encrypted, and its signatures.
    public func openSigned(_ message: [UInt8]) throws(SessionError) -> (data: [UInt8], signatures: [SignatureReading]) {
        let opened = try GPGContext(home.path).openSigned(message.span, limit: OpenPGPScratch.limit)
        return (opened.sink.take(), opened.reading.signatures)
    }

    // MARK: Encryption

    /// Encrypts to keys, or to whoever knows a passphrase, or to both.
    public func encrypt(
        _ data: [UInt8], _ form: Form, to keys: [Fingerprint], signers: [Fingerprint], isArmored: Bool,
        withPassphrase: Bool, passphrase: borrowing SecretBytes?
    ) throws(SessionError) -> [UInt8] {
        let context = try context(passphrase)
        if !signers.isEmpty { try context.setSigners(signers) }
        return try context.seal(
            data.span, to: GPGContext.Audience(keys: keys, hasPassphrase: withPassphrase), isSigned: !signers.isEmpty,
            GPGSpelling(isArmored: isArmored, isText: form == .text))
    }

    /// What a message held.
    public struct Opened {
        /// Its text.
        public let data: [UInt8]
        /// Its signatures.
        public let signatures: [SignatureReading]
        /// The algorithm's number, a colon, and the key in hexadecimal digits.
        public let sessionKey: String?
    }

    /// Decrypts.
    /// - Parameters:
    ///   - passphrase: Of a key, or of the message.
    ///   - sessionKey: The algorithm's number, a colon, and the key in hexadecimal digits.
    public func decrypt(
        _ message: [UInt8], passphrase: borrowing SecretBytes?, sessionKey: String? = nil, tellsSessionKey: Bool = false
    ) throws(SessionError) -> Opened {
        let context = try context(passphrase)
        if let sessionKey { try context.setSessionKey(sessionKey) }
        if tellsSessionKey { try context.tellSessionKey() }
        defer { hasAsked = context.hasAsked }
        let opened = try context.open(message.span, limit: OpenPGPScratch.limit)
        return Opened(
            data: opened.sink.take(), signatures: opened.reading.signatures, sessionKey: context.sessionKey)
    }

    /// As much as fits into memory without harm.
    private static let limit = 1 << 30
}
