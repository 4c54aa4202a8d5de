// Owns the sub-commands that encrypt and decrypt. They must not know how GnuPG does it.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernCrypto
internal import TernPGP

/// What data is.
enum SOPDataKind: String, ExpressibleByArgument {
    case binary
    case text
    case clearsigned

    var form: OpenPGPScratch.Form { self == .binary ? .binary : .text }

    /// Refuses text that is none.
    func check(_ data: [UInt8]) throws(SOPFailure) {
        guard self == .binary || String(validating: data, as: UTF8.self) != nil else {
            throw SOPFailure(.expectedText, "the data is not UTF-8")
        }
    }
}

struct SOPEncrypt: SOPCall {
    static let configuration = CommandConfiguration(commandName: "encrypt", abstract: "Encrypt a message.")

    @OptionGroup var armoring: SOPArmoring
    @OptionGroup var passwords: SOPKeyPasswords

    @Option(name: .customLong("as"), help: ArgumentHelp("What the data is: binary or text.", valueName: "kind"))
    var kind = SOPDataKind.binary

    @Option(help: ArgumentHelp("Whoever knows this password can read it.", valueName: "password"))
    var withPassword: [String] = []

    @Option(help: ArgumentHelp("Sign it with this secret key.", valueName: "key"))
    var signWith: [String] = []

    @Option(help: ArgumentHelp("What kind of message.", valueName: "profile"))
    var profile: String?

    @Option(name: .customLong("for"), help: ArgumentHelp("What it is for: any.", valueName: "purpose"))
    var purpose: String?

    @Argument(help: "Whom it is for.")
    var certs: [String] = []

    func perform(_ desk: SOPDesk) throws(SOPFailure) {
        try SOPListProfiles.check(profile)
        guard purpose == nil || purpose == "any" else {
            throw SOPFailure(.unsupportedOption, "GnuPG does not tell parts of a key by what they encrypt")
        }
        guard kind != .clearsigned else { throw SOPFailure(.unsupportedOption, "--as is binary or text") }
        guard !certs.isEmpty || !withPassword.isEmpty else {
            throw SOPFailure(.missingArgument, "nobody could read this: name a certificate or a password")
        }
        guard withPassword.count <= 1 else {
            throw SOPFailure(.unsupportedOption, "GnuPG encrypts with one password at most")
        }
        guard withPassword.isEmpty || passwords.withKeyPassword.isEmpty else {
            throw SOPFailure(
                .incompatibleOptions, "a password for the message and one for a key are one too many for GnuPG")
        }
        let recipients = try SOPKeys.certificates(certs, desk)
        let signers = try SOPKeys.secret(signWith, desk)
        let scratch = try desk.scratch()
        for key in recipients {
            guard (try? scratch.abilities(of: key, isSecret: false).encrypts) == true else {
                throw SOPFailure(.certificateCannotEncrypt, "nobody can encrypt to \(key.hex)")
            }
        }
        for key in signers where (try? scratch.abilities(of: key, isSecret: true).signs) != true {
            throw SOPFailure(.keyCannotSign, "\(key.hex) cannot sign")
        }
        let data = try desk.standardInput()
        try kind.check(data)
        let sealed: [UInt8]
        if let name = withPassword.first {
            let password = Optional(try desk.password(name))
            do throws(SessionError) {
                sealed = try scratch.encrypt(
                    data, kind.form, to: recipients, signers: signers, isArmored: false, withPassphrase: true,
                    passphrase: password)
            } catch {
                throw SOPKeys.failure(error, .keyIsProtected)
            }
        } else {
            sealed = try SOPKeys.trying(passwords.withKeyPassword, desk) { password throws(SessionError) in
                try scratch.encrypt(
                    data, kind.form, to: recipients, signers: signers, isArmored: false, withPassphrase: false,
                    passphrase: password)
            }
        }
        try desk.give(sealed, .message, armoring)
    }
}

struct SOPDecrypt: SOPCall {
    static let configuration = CommandConfiguration(commandName: "decrypt", abstract: "Decrypt a message.")

    @OptionGroup var passwords: SOPKeyPasswords

    @Option(help: ArgumentHelp("Write the message's key to this file.", valueName: "file"))
    var sessionKeyOut: String?

    @Option(help: ArgumentHelp("Try this key of the message.", valueName: "file"))
    var withSessionKey: [String] = []

    @Option(help: ArgumentHelp("Try this password of the message.", valueName: "password"))
    var withPassword: [String] = []

    @Option(
        name: [.customLong("verifications-out"), .customLong("verify-out")],
        help: ArgumentHelp("Write the signatures that count to this file.", valueName: "file"))
    var verificationsOut: String?

    @Option(help: ArgumentHelp("Signatures of this certificate count.", valueName: "cert"))
    var verifyWith: [String] = []

    @Option(help: ArgumentHelp("Signatures from before do not count.", valueName: "date"))
    var verifyNotBefore: String?

    @Option(help: ArgumentHelp("Signatures from after do not count.", valueName: "date"))
    var verifyNotAfter: String?

    @Argument(help: "Secret keys that may open it.")
    var keys: [String] = []

    func perform(_ desk: SOPDesk) throws(SOPFailure) {
        guard (verificationsOut == nil) == verifyWith.isEmpty else {
            throw SOPFailure(.incompleteVerification, "--verifications-out and --verify-with go together")
        }
        guard !keys.isEmpty || !withPassword.isEmpty || !withSessionKey.isEmpty else {
            throw SOPFailure(.missingArgument, "nothing is given that could open this")
        }
        try desk.checkAbsent(verificationsOut)
        try desk.checkAbsent(sessionKeyOut)
        let message = try SOPKeys.unarmored(try desk.standardInput(), "standard input")
        // who signs may be at the other end of the pipe: until all was read it was not yet now
        let now = Timestamp.now
        let verification = SOPVerification(
            certificates: try SOPKeys.certificates(verifyWith, desk),
            notBefore: try SOPVerification.time(verifyNotBefore, now: now),
            notAfter: try SOPVerification.time(verifyNotAfter ?? "now", now: now))
        _ = try SOPKeys.secret(keys, desk)
        let opened = try open(message, desk)
        if let verificationsOut {
            let lines = verification.lines(opened.signatures).map { $0 + "\n" }.joined()
            try desk.write(Array(lines.utf8), to: verificationsOut)
        }
        if let sessionKeyOut {
            guard let key = opened.sessionKey else {
                throw SOPFailure(.unsupportedOption, "GnuPG does not tell the key")
            }
            try desk.write(Array((key + "\n").utf8), to: sessionKeyOut)
        }
        try desk.print(opened.data)
    }

    private func open(_ message: [UInt8], _ desk: SOPDesk) throws(SOPFailure) -> OpenPGPScratch.Opened {
        let scratch = try desk.scratch()
        for name in withSessionKey {
            let key = String(decoding: try desk.read(name), as: UTF8.self).filter { !$0.isWhitespace }
            guard let opened = try? scratch.decrypt(message, passphrase: nil, sessionKey: key) else { continue }
            return opened
        }
        guard !keys.isEmpty || !withPassword.isEmpty else {
            throw SOPFailure(.cannotDecrypt, "no key of a message that was given opens this one")
        }
        do throws(SOPFailure) {
            return try SOPKeys.trying(
                withPassword + passwords.withKeyPassword, desk, otherwise: .cannotDecrypt
            ) { password throws(SessionError) in
                try scratch.decrypt(message, passphrase: password, tellsSessionKey: sessionKeyOut != nil)
            }
        } catch {
            // a key is here, and its password is not
            guard error.status == .cannotDecrypt, scratch.hasAsked, withPassword.isEmpty else { throw error }
            throw SOPFailure(.keyIsProtected, error.message)
        }
    }
}
