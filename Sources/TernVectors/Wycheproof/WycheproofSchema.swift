// Owns the members of Wycheproof's schemas, and which kind and error class each test stands for.
// It must not know decisions, nor how a kind is computed.

/// The schemas that are read, by the name that files give.
enum WycheproofSchema: String, CaseIterable {
    case xdh = "xdh_comp_schema_v1.json"
    case eddsa = "eddsa_verify_schema_v1.json"
    case hkdf = "hkdf_test_schema_v1.json"
    case mac = "mac_test_schema_v1.json"
    case cbc = "ind_cpa_test_schema_v1.json"
    case aead = "aead_test_schema_v1.json"

    /// Only these have the parameters that Tern's operations have.
    var algorithms: [String] {
        switch self {
        case .xdh: ["XDH"]
        case .eddsa: ["EDDSA"]
        case .hkdf: ["HKDF-SHA-256"]
        case .mac: ["HMACSHA256"]
        case .cbc: ["AES-CBC-PKCS5"]
        case .aead: ["AES-GCM"]
        }
    }

    var groupType: String {
        switch self {
        case .xdh: "XdhComp"
        case .eddsa: "EddsaVerify"
        case .hkdf: "HkdfTest"
        case .mac: "MacTest"
        case .cbc: "IndCpaTest"
        case .aead: "AeadTest"
        }
    }

    /// What a group says for all its tests.
    struct Group {
        var publicKey: [UInt8] = []
        var tagBits = 0
    }

    /// A test as each of its possible results reads it.
    struct Test {
        typealias Case = (kind: CaseKind, inputs: [CaseValue], expectation: Expectation)
        let valid: Case
        let refused: (kind: CaseKind, inputs: [CaseValue])
        /// The error class that a flag stands for.
        let classes: [String: ErrorClass]
        /// The class where the input decides and not a flag.
        let always: ErrorClass?

        func invalid(_ flags: [String], _ place: Members) throws(FormatError) -> Case {
            let named = flags.compactMap { classes[$0] }.first
            guard let refusal = always ?? named else {
                throw place.failure("is invalid, and no flag of it says how it is to be refused")
            }
            return (refused.kind, refused.inputs, .refusal(refusal))
        }
    }

    func readGroup(_ group: inout Members) throws(FormatError) -> Group {
        var shared = Group()
        switch self {
        case .xdh:
            guard try group.string("curve") == "curve25519" else { throw group.wrongType("curve", "curve25519") }
        case .eddsa:
            group.ignore("publicKeyDer", "publicKeyPem", "publicKeyJwk")
            var key = try group.members("publicKey")
            guard try key.string("curve") == "edwards25519" else { throw key.wrongType("curve", "edwards25519") }
            key.ignore("type", "keySize")
            shared.publicKey = try key.bytes("pk")
            try key.finish()
        case .hkdf: group.ignore("keySize")
        case .mac:
            group.ignore("keySize")
            shared.tagBits = try group.integer("tagSize")
        case .cbc: group.ignore("keySize", "ivSize")
        case .aead:
            group.ignore("keySize", "ivSize")
            guard try group.integer("tagSize") == 128 else { throw group.wrongType("tagSize", "128") }
        }
        return shared
    }

    func readTest(_ test: inout Members, _ group: Group) throws(FormatError) -> Test {
        switch self {
        case .xdh:
            let inputs: [CaseValue] = [
                .bytes("private", try test.bytes("private")), .bytes("public", try test.bytes("public")),
            ]
            let shared = CaseValue.bytes("shared", try test.bytes("shared"))
            return Test(
                valid: (.x25519, inputs, .outputs([shared])), refused: (.x25519, inputs), classes: [:],
                always: .malformed)
        case .eddsa:
            let signature = try test.bytes("sig")
            let inputs: [CaseValue] = [
                .bytes("public", group.publicKey), .bytes("message", try test.bytes("msg")),
                .bytes("signature", signature),
            ]
            return Test(
                valid: (.ed25519Verify, inputs, .outputs([.flag("valid", true)])), refused: (.ed25519Verify, inputs),
                classes: [:], always: signature.count == 64 ? .unauthentic : .malformed)
        case .hkdf:
            let inputs: [CaseValue] = [
                .bytes("ikm", try test.bytes("ikm")), .bytes("salt", try test.bytes("salt")),
                .bytes("info", try test.bytes("info")), .number("length", try test.integer("size")),
            ]
            let okm = CaseValue.bytes("okm", try test.bytes("okm"))
            return Test(
                valid: (.hkdf, inputs, .outputs([okm])), refused: (.hkdf, inputs),
                classes: ["SizeTooLarge": .limitExceeded], always: nil)
        case .mac:
            let inputs: [CaseValue] = [.bytes("key", try test.bytes("key")), .bytes("message", try test.bytes("msg"))]
            let tag = try test.bytes("tag")
            guard tag.count * 8 == group.tagBits else { throw test.wrongType("tag", "as long as the group's tagSize") }
            return Test(
                valid: (.hmac, inputs, .outputs([.bytes("tag", tag)])),
                refused: (.hmacVerify, inputs + [.bytes("tag", tag)]),
                classes: ["ModifiedTag": .unauthentic], always: nil)
        case .cbc:
            let keys: [CaseValue] = [.bytes("key", try test.bytes("key")), .bytes("iv", try test.bytes("iv"))]
            let plaintext = CaseValue.bytes("plaintext", try test.bytes("msg"))
            let ciphertext = CaseValue.bytes("ciphertext", try test.bytes("ct"))
            return Test(
                valid: (.cbc, keys + [plaintext], .outputs([ciphertext])), refused: (.cbcOpen, keys + [ciphertext]),
                classes: ["BadPadding": .malformed, "NoPadding": .malformed], always: nil)
        case .aead:
            let keys: [CaseValue] = [
                .bytes("key", try test.bytes("key")), .bytes("nonce", try test.bytes("iv")),
                .bytes("data", try test.bytes("aad")),
            ]
            let plaintext = CaseValue.bytes("plaintext", try test.bytes("msg"))
            let sealed: [CaseValue] = [
                .bytes("ciphertext", try test.bytes("ct")), .bytes("tag", try test.bytes("tag")),
            ]
            return Test(
                valid: (.gcm, keys + [plaintext], .outputs(sealed)), refused: (.gcmOpen, keys + sealed),
                classes: ["ModifiedTag": .unauthentic, "ZeroLengthIv": .malformed], always: nil)
        }
    }
}
