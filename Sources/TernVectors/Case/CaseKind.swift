// Owns the kinds of cases and the names and types of what each takes and gives. It must not know how a kind is computed.

/// What a case exercises. Files name these; a name that is not here fails the run.
public enum CaseKind: String, Sendable, CaseIterable {
    case x25519
    case x25519Public = "x25519-public"
    case x25519Iterated = "x25519-iterated"
    case ed25519Sign = "ed25519-sign"
    case ed25519Verify = "ed25519-verify"
    case ed25519ToCurve25519 = "ed25519-to-curve25519"
    case curve25519ToEd25519 = "curve25519-to-ed25519"
    case xeddsaSign = "xeddsa-sign"
    case xeddsaVerify = "xeddsa-verify"
    case signBitVerify = "sign-bit-verify"
    case hkdf = "hkdf-sha256"
    case hmac = "hmac-sha256"
    case hmacVerify = "hmac-sha256-verify"
    case cbc = "aes-cbc-pkcs7"
    case cbcOpen = "aes-cbc-pkcs7-open"
    case gcm = "aes-gcm"
    case gcmOpen = "aes-gcm-open"
    case otrSessionKeys = "otr-session-keys"
    case otrExchangeKeys = "otr-exchange-keys"
    case otrRead = "otr-read"
    /// One event of a recorded conversation. Only the recorded formats have it.
    case ratchetSend = "ratchet-send"
    case ratchetReceive = "ratchet-receive"
    /// One device's `<key>` of a recorded message for several devices.
    case ratchetKey = "ratchet-key"
    /// One device's bundle.
    case bundle = "omemo-bundle"
    /// One event of a recorded conversation, by a whole engine over a store.
    case machineSend = "machine-send"
    case machineReceive = "machine-receive"
    /// Not a case: what is wrong with a whole file.
    case file
}

extension CaseKind {
    /// A named input or output.
    public struct Field: Sendable, Equatable {
        /// How the value is written: bytes are lower-case hexadecimal text.
        public enum Form: String, Sendable {
            case bytes, number, flag
        }

        /// The name.
        public let name: String
        /// The type.
        public let form: Form
    }

    /// What a case of this kind takes and gives; nil for kinds that the project's own format does not have.
    public var fields: (inputs: [Field], outputs: [Field])? {
        switch self {
        case .x25519: (.bytes("private", "public"), .bytes("shared"))
        case .x25519Public: (.bytes("private"), .bytes("public"))
        case .x25519Iterated: (.bytes("private", "public") + .number("iterations"), .bytes("shared"))
        case .ed25519Sign: (.bytes("seed", "message"), .bytes("public", "signature"))
        case .ed25519Verify, .xeddsaVerify, .signBitVerify:
            (.bytes("public", "message", "signature"), .flag("valid"))
        case .ed25519ToCurve25519: (.bytes("public"), .bytes("curve25519"))
        case .curve25519ToEd25519: (.bytes("public") + .flag("signBit"), .bytes("ed25519"))
        case .xeddsaSign: (.bytes("private", "nonce", "message"), .bytes("public", "signature"))
        case .hkdf: (.bytes("ikm", "salt", "info") + .number("length"), .bytes("okm"))
        case .hmac: (.bytes("key", "message"), .bytes("tag"))
        case .hmacVerify: (.bytes("key", "message", "tag"), .flag("valid"))
        case .cbc: (.bytes("key", "iv", "plaintext"), .bytes("ciphertext"))
        case .cbcOpen: (.bytes("key", "iv", "ciphertext"), .bytes("plaintext"))
        case .gcm: (.bytes("key", "nonce", "data", "plaintext"), .bytes("ciphertext", "tag"))
        case .gcmOpen: (.bytes("key", "nonce", "data", "ciphertext", "tag"), .bytes("plaintext"))
        case .otrSessionKeys:
            (
                .bytes("private", "public", "theirs"),
                .bytes("sendingStream", "receivingStream", "sendingMAC", "receivingMAC", "extraKey")
            )
        case .otrExchangeKeys:
            (
                .bytes("private", "public", "theirs"),
                .bytes("sessionID", "cStream", "cPrimeStream", "m1", "m1Prime", "m2", "m2Prime")
            )
        case .otrRead:
            (
                .bytes("private", "public", "theirs", "wire") + .number("senderKey") + .number("recipientKey"),
                .bytes("plaintext", "records")
            )
        case .ratchetSend, .ratchetReceive, .ratchetKey, .bundle, .machineSend, .machineReceive, .file: nil
        }
    }

    /// What Tern does with a case, in a sentence.
    public var procedure: String {
        switch self {
        case .x25519: "computes the shared secret; a key that is not canonical or of small order is refused"
        case .x25519Public: "computes the public key"
        case .x25519Iterated: "computes the shared secret again and again, the last result being the next private key"
        case .ed25519Sign: "makes the key pair, signs, and verifies what it signed"
        case .ed25519Verify: "verifies strictly: S below the group order, no small order, no cofactor"
        case .ed25519ToCurve25519: "converts the public key to its Curve25519 form"
        case .curve25519ToEd25519: "converts the public key to its Edwards form with the given sign"
        case .xeddsaSign: "signs by XEdDSA with the given nonce, and verifies what it signed"
        case .xeddsaVerify: "verifies as Ed25519 under the Edwards form with sign 0"
        case .signBitVerify: "verifies as Ed25519 under the Edwards form whose sign is in the signature's last bit"
        case .hkdf: "derives the output key material"
        case .hmac: "computes the code, cut off to the expected length, and verifies it"
        case .hmacVerify: "verifies the code in constant time"
        case .cbc: "encrypts, and decrypts the expected ciphertext"
        case .cbcOpen: "decrypts and checks the padding"
        case .gcm: "encrypts and decrypts, each whole and in pieces of 7 bytes"
        case .gcmOpen: "decrypts, whole and in pieces of 7 bytes; nothing is released before the tag has fitted"
        case .otrSessionKeys:
            "derives the keys of data messages: 16 bytes of key stream each way, the codes' keys, the extra key"
        case .otrExchangeKeys:
            "derives the keys of a key exchange: the session's id, 16 bytes of key stream of c and c', the codes of nothing under "
                + "m1, m1', m2 and m2'"
        case .otrRead: "reads a data message with the keys that it names: its text, and the records behind it"
        case .ratchetSend:
            "encrypts with the recorded keys; header, message key, bytes of the <key> element, payload, stanza and the state "
                + "are compared"
        case .ratchetReceive:
            "finds the key in the stanza, decrypts it and with it the payload; plaintext or error class and the state are "
                + "compared, and after an error the stored records are the same bytes as before"
        case .ratchetKey:
            "finds the device's key in the stanza, answers the key exchange with the recorded keys, and decrypts the payload"
        case .bundle: "reads the bundle and verifies its signatures; every key is compared"
        case .machineSend:
            "sends through the whole engine, which draws the recorded random bytes; in OMEMO 0.3, and where it is empty, the "
                + "stanza is compared, and else its header and key exchange"
        case .machineReceive:
            "receives the stanza through the whole engine; plaintext and sender or error class are compared, and after an "
                + "error the store is the same bytes as before"
        case .file: "reads the file"
        }
    }
}

extension [CaseKind.Field] {
    fileprivate static func bytes(_ names: String...) -> Self { names.map { .init(name: $0, form: .bytes) } }
    fileprivate static func number(_ name: String) -> Self { [.init(name: name, form: .number)] }
    fileprivate static func flag(_ name: String) -> Self { [.init(name: name, form: .flag)] }
}
