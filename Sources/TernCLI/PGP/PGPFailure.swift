// Owns failures of OpenPGP in their own words. It must not know exit codes.

internal import TernCore
internal import TernPGP

extension CommandFailure {
    /// A failure around keys.
    init(pgp error: SessionError) {
        switch error {
        case .materialMissing: self.init(noKeyOf: nil)
        case .unsupported:
            self.init(
                .unsupported, "this key cannot be used: its algorithms are weak or unknown here, or its time is over",
                hint: "'tern pgp setup' makes one that can")
        case .notForThisDevice:
            self.init(.wrongPassphrase, "the passphrase or the code does not open this", hint: "nothing was changed")
        case .limitExceeded:
            self.init(.limitExceeded, "this is larger than is allowed, or there are several keys where one is meant")
        case .malformed: self.init(.malformed, "this is no OpenPGP data of the kind that is wanted here")
        case .backendMissing:
            self.init(
                .missingProgram, "GnuPG 2.2 or gpgme 1.18 is missing, or cannot be used",
                hint: "install the packages gnupg and libgpgme11: see 'tern doctor'")
        default: self.init(error)
        }
    }

    /// The account has no key.
    init(noKeyOf jid: BareJID?) {
        self.init(
            .missingMaterial, "\(jid.map { "\($0)" } ?? "this account") has no OpenPGP key",
            hint: "make one: tern pgp setup")
    }

    /// A certificate that is not taken.
    init(refusing refusal: CertificateRefusal, _ place: String) {
        let (code, words): (ErrorCode, String) =
            switch refusal {
            case .noKey: (.malformed, "this is no OpenPGP key")
            case .secret: (.malformed, "this is a secret key where everybody reads: its owner has to replace it")
            case .several: (.malformed, "there are several keys where one is meant")
            case .version(let version): (.unsupported, "a key of version \(version): version 4 alone is spoken")
            case .tooLarge: (.limitExceeded, "this key is larger than \(Certificate.lengthLimit) bytes")
            case .flooded: (.limitExceeded, "this key is flooded with signatures")
            case .algorithm: (.unsupported, "this key's algorithm or length counts for nothing")
            case .fingerprint: (.unauthentic, "this is another key than the one that its node is named after")
            case .userID:
                (.unauthentic, "this key does not say that it is theirs: it has no user id xmpp: and their address")
            case .revoked: (.untrusted, "its owner has taken this key back")
            case .expired: (.untrusted, "this key's time is over")
            case .noEncryption: (.unsupported, "nobody can encrypt to this key")
            }
        self.init(code, "\(words): \(place)")
    }

    /// Why a message was not read.
    init(pgpReading error: SessionError, _ scheme: Scheme, from sender: BareJID) {
        switch error {
        case .unauthentic where scheme == .pgp:
            self.init(
                .unauthentic, "XEP-0027 authenticates nothing: anybody may have written this",
                hint: "--allow-unauthenticated prints it all the same")
        case .unauthentic:
            self.init(
                .unauthentic,
                "this is not signed, once and well, by a key of \(sender), or its time cannot be right: nothing of it is shown"
            )
        case .untrusted:
            self.init(
                .untrusted, "the key of \(sender) that signed this is not accepted",
                hint: "compare fingerprints: tern contact show \(sender); then tern contact trust \(sender) FINGERPRINT"
            )
        case .materialMissing:
            self.init(
                .missingMaterial, "the key that signed this is not known",
                hint: "fetch what \(sender) announces and give it to: tern bundle import --from \(sender)")
        case .notForThisDevice, .misuse:
            self.init(.notForThisDevice, "this is encrypted for others, or was meant for somebody else and passed on")
        case .unsupported:
            self.init(.unsupported, "this is encrypted with a weak algorithm, or is no message of OX's profile")
        default: self.init(pgp: error)
        }
    }
}
