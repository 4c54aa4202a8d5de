// Owns what GnuPG's words about a message amount to: whether it was whole, and who signed it. It must not know who may sign.

public import TernCore

/// A signature, and what became of it.
public struct SignatureReading: Hashable, Sendable {
    /// What GnuPG found.
    public enum Verdict: String, Hashable, Sendable {
        /// It is the key's, and counts now.
        case good
        /// It does not belong to this text.
        case bad
        /// It was made for a time that is over.
        case expired
        /// The key's time is over.
        case keyExpired
        /// The key was revoked.
        case keyRevoked
        /// The key is not here.
        case keyMissing
        /// It cannot be checked.
        case unchecked
        /// It is made with an algorithm that counts for nothing.
        case weak
    }

    /// What became of it.
    public var verdict: Verdict
    /// The key that signed, which may be a subkey.
    public var key: Fingerprint?
    /// The primary key that the signing key belongs to.
    public var primary: Fingerprint?
    /// When it says that it was made.
    public var made: Timestamp?
    /// Whether it is over text, with the lines' ends as they are sent.
    public var isOverText = false
}

/// What GnuPG said of a message that it opened or checked.
public struct MessageReading: Hashable, Sendable {
    /// Signatures in their order.
    public private(set) var signatures: [SignatureReading] = []
    /// It was encrypted, and whole.
    public private(set) var isDecrypted = false
    /// It has one text, and the signatures belong to it and are inside the encryption.
    public private(set) var isOrderly = true
    /// The algorithm it was encrypted with counts for something.
    public private(set) var isStrong = true
    private var texts = 0

    /// IDEA, TripleDES, CAST5 and Blowfish have blocks of 64 bits (RFC 9580 §9.3).
    private static let weakCiphers: Set<Substring> = ["0", "1", "2", "3", "4"]
    /// MD5, SHA-1 and RIPEMD-160 (RFC 9580 §9.5).
    private static let weakHashes: Set<Substring> = ["1", "2", "3"]

    /// What GnuPG said, from which all of it follows.
    let lines: [Line]

    struct Line: Hashable, Sendable {
        let keyword: String
        let arguments: [Substring]
    }

    init(_ log: GPGStatusLog) { self.init(log.lines) }

    init(_ lines: [(keyword: String, arguments: [Substring])]) {
        self.lines = lines.map { Line(keyword: $0.keyword, arguments: $0.arguments) }
        var hasEnded = false
        var isInside = false
        for (keyword, arguments) in lines {
            switch keyword {
            case "BEGIN_DECRYPTION":
                if isInside || hasEnded || texts > 0 || !signatures.isEmpty { isOrderly = false }
                isInside = true
            case "DECRYPTION_INFO":
                let isProtected =
                    arguments.first.map { $0 != "0" } ?? false || (arguments.count > 2 && arguments[2] != "0")
                if !isProtected || arguments.count < 2 || MessageReading.weakCiphers.contains(arguments[1]) {
                    isStrong = false
                }
            case "DECRYPTION_OKAY": isDecrypted = true
            case "END_DECRYPTION":
                (hasEnded, isInside) = (true, false)
            case "DECRYPTION_FAILED", "BADMDC", "UNEXPECTED", "NODATA", "DECRYPTION_COMPLIANCE_MODE_VIOLATION":
                isOrderly = false
            case "PLAINTEXT":
                texts += 1
                if texts > 1 || hasEnded { isOrderly = false }
            case "NEWSIG":
                if hasEnded { isOrderly = false }
                signatures.append(SignatureReading(verdict: .unchecked))
            case "GOODSIG": judge(.good)
            case "BADSIG": judge(.bad)
            case "EXPSIG": judge(.expired)
            case "EXPKEYSIG": judge(.keyExpired)
            case "REVKEYSIG": judge(.keyRevoked)
            case "ERRSIG": judge(arguments.count > 5 && arguments[5] == "9" ? .keyMissing : .unchecked)
            case "VALIDSIG": describe(arguments)
            default: break
            }
        }
        if isInside { isOrderly = false }
    }

    /// What GnuPG says beyond the signatures it announced comes from no signature.
    private mutating func judge(_ verdict: SignatureReading.Verdict) {
        guard let last = signatures.indices.last, signatures[last].verdict == .unchecked else {
            isOrderly = false
            return
        }
        signatures[last].verdict = verdict
    }

    /// `VALIDSIG <key> <date> <made> <ends> <version> <reserved> <algorithm> <hash> <class> <primary>`
    private mutating func describe(_ arguments: [Substring]) {
        guard let last = signatures.indices.last, signatures[last].key == nil, arguments.count >= 10,
            let key = try? Fingerprint(hex: String(arguments[0])),
            let primary = try? Fingerprint(hex: String(arguments[9])), let made = Int64(arguments[2])
        else {
            isOrderly = false
            return
        }
        signatures[last].key = key
        signatures[last].primary = primary
        signatures[last].made = Timestamp(seconds: made)
        signatures[last].isOverText = arguments[8] == "01"
        // 00 is over bytes, 01 over text; the others say something of keys
        let isOverData = arguments[8] == "00" || arguments[8] == "01"
        if MessageReading.weakHashes.contains(arguments[7]) || !isOverData { signatures[last].verdict = .weak }
    }
}
