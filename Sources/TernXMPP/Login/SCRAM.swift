// Owns one login with SCRAM: three messages and the server's proof. It must not know how they travel.

internal import TernCrypto

/// The client's end of SCRAM (RFC 5802 §5).
struct SCRAM {
    /// The first message.
    let first: String
    /// The keys that the login was done with, once it was.
    private(set) var keys: SCRAMKeys?

    private let hash: HashFunction
    private let secret: LoginSecret
    private let offer: LoginOffer
    /// The GS2 header and what is bound, for the final message to repeat.
    private let bound: [UInt8]
    private let bare: String
    private let nonce: String
    private var expected: [UInt8]?
    /// Whether the server has shown that it knows the password too.
    private(set) var isProven = false

    /// Rounds below this protect nothing (RFC 7677 §4); above, a server that wants to could hold a client up for long.
    static let iterations = 4096...1_000_000

    /// - Parameters:
    ///   - binding: What the login is bound to, for a mechanism that binds.
    ///   - isBindingPossible: Whether this end could bind if the server offered it: a server that did then refuses (§6).
    init(
        _ hash: HashFunction, user: String, _ secret: LoginSecret, _ offer: LoginOffer, binding: ChannelBinding?,
        isBindingPossible: Bool, nonce: [UInt8]
    ) {
        (self.hash, self.secret, self.offer) = (hash, secret, offer)
        self.nonce = Base64.encode(nonce.span)
        let header = binding.map { "p=\($0.kind),," } ?? (isBindingPossible ? "y,," : "n,,")
        bound = Array(header.utf8) + (binding?.data ?? [])
        bare = "n=\(SCRAM.escaped(user)),r=\(self.nonce)"
        first = header + bare
    }

    /// Answers the server's first message.
    /// - Throws: ``LoginError``.
    mutating func answer(_ challenge: [UInt8]) throws(LoginError) -> String {
        guard expected == nil, let text = String(validating: challenge, as: UTF8.self) else { throw .malformed }
        let fields = try SCRAM.fields(text)
        // an extension that has to be understood (§5.1)
        guard fields["m"] == nil, let whole = fields["r"], whole.hasPrefix(nonce), whole.utf8.count > nonce.utf8.count,
            let salt = fields["s"].flatMap({ try? Base64.decode($0) }), !salt.isEmpty,
            let iterations = fields["i"].flatMap({ Int($0) })
        else { throw .malformed }
        guard SCRAM.iterations.contains(iterations) else { throw .iterations(iterations) }
        if let digest = fields["h"] {
            let own = hash.digest(offer.fingerprint.span)
            guard Base64.encode(own.span) == digest else { throw .offerChanged }
        }
        do throws(CryptoError) {
            let keys = try keys(salt, iterations)
            let final = "c=\(Base64.encode(bound.span)),r=\(whole)"
            let said = Array("\(bare),\(text),\(final)".utf8)
            let stored = keys.clientKey.withSpan { hash.digest($0) }
            let signature = try hash.code(key: stored.span, said.span)
            let proof = keys.clientKey.withSpan { key in key.indices.map { key[$0] ^ signature.span[$0] } }
            expected = try keys.serverKey.withSpan { (key) throws(CryptoError) in
                try hash.code(key: key, said.span).exposed()
            }
            self.keys = keys
            return "\(final),p=\(Base64.encode(proof.span))"
        } catch .wrongLength {
            throw .passwordNeeded
        } catch {
            throw .malformed
        }
    }

    /// Checks the server's proof: whoever does not know the password, or its keys, has none.
    /// - Throws: ``LoginError``.
    mutating func check(_ final: [UInt8]) throws(LoginError) {
        guard let expected else { throw .serverUnproven }
        guard let text = String(validating: final, as: UTF8.self) else { throw .malformed }
        let fields = try SCRAM.fields(text)
        if let error = fields["e"] { throw .refused(condition: SCRAM.errors.contains(error) ? error : "other-error") }
        guard let proof = fields["v"].flatMap({ try? Base64.decode($0) }), proof.count == expected.count,
            zip(proof, expected).reduce(UInt8(0), { $0 | $1.0 ^ $1.1 }) == 0
        else { throw .serverUnproven }
        isProven = true
    }

    /// Whether the server's proof is what comes next.
    var awaitsProof: Bool { expected != nil }

    /// - Throws: ``CryptoError/wrongLength(_:)`` where the kept ones are others.
    private func keys(_ salt: [UInt8], _ iterations: Int) throws(CryptoError) -> SCRAMKeys {
        switch secret.form {
        case .password(let password):
            return try password.bytes.withSpan { (password) throws(CryptoError) in
                try SCRAMKeys(hash: hash, password: password, salt: salt, iterations: iterations)
            }
        case .keys(let keys):
            guard keys.hash == hash, keys.salt == salt, keys.iterations == iterations else {
                throw .wrongLength(salt.count)
            }
            return keys
        }
    }

    /// `a=…,b=…`: each letter once.
    private static func fields(_ text: String) throws(LoginError) -> [String: String] {
        var fields: [String: String] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2, halves[0].utf8.count == 1, fields[String(halves[0])] == nil else {
                throw .malformed
            }
            fields[String(halves[0])] = String(halves[1])
        }
        return fields
    }

    /// §5.1: the two characters that separate.
    private static func escaped(_ user: String) -> String {
        user.reduce(into: "") { text, character in
            switch character {
            case ",": text += "=2C"
            case "=": text += "=3D"
            default: text.append(character)
            }
        }
    }

    /// RFC 5802 §7. What is not among them is a stranger's text.
    private static let errors: Set<String> = [
        "invalid-encoding", "extensions-not-supported", "invalid-proof", "channel-bindings-dont-match",
        "server-does-support-channel-binding", "channel-binding-not-supported", "unsupported-channel-binding-type",
        "unknown-user", "invalid-username-encoding", "no-resources", "other-error",
    ]
}
