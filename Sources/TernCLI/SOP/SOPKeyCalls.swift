// Owns the sub-commands that make and change keys. They must not know how GnuPG does it.

internal import ArgumentParser
internal import TernCore
internal import TernCrypto
internal import TernPGP

struct SOPGenerateKey: SOPCall {
    static let configuration = CommandConfiguration(
        commandName: "generate-key", abstract: "Make a secret key.")

    @OptionGroup var armoring: SOPArmoring

    @Option(help: ArgumentHelp("Protect it with this password.", valueName: "password"))
    var withKeyPassword: String?

    @Option(help: ArgumentHelp("What kind of key.", valueName: "profile"))
    var profile: String?

    @Flag(help: "Nobody is to encrypt to it.")
    var signingOnly = false

    @Argument(help: "Whose it is.")
    var userids: [String] = []

    func perform(_ desk: SOPDesk) throws(SOPFailure) {
        try SOPListProfiles.check(profile)
        guard !userids.isEmpty else { throw SOPFailure(.missingArgument, "GnuPG makes no key without a user id") }
        let password = try withKeyPassword.map { (name) throws(SOPFailure) in try desk.password(name) }
        let scratch = try desk.scratch()
        let secret: SecretBytes
        do throws(SessionError) {
            let key = try scratch.makeKey(for: userids, protectedBy: password, signingOnly: signingOnly)
            secret = try scratch.secretKey(of: key, passphrase: password)
        } catch {
            throw SOPKeys.failure(error, .unspecified)
        }
        try desk.give(secret.exposed(), .secretKey, armoring)
    }
}

struct SOPChangeKeyPassword: SOPCall {
    static let configuration = CommandConfiguration(
        commandName: "change-key-password", abstract: "Protect a secret key with another password, or with none.")

    @OptionGroup var armoring: SOPArmoring

    @Option(help: ArgumentHelp("The new password; none without it.", valueName: "password"))
    var newKeyPassword: String?

    @Option(help: ArgumentHelp("A password that it may have now.", valueName: "password"))
    var oldKeyPassword: [String] = []

    func perform(_ desk: SOPDesk) throws(SOPFailure) {
        let new = try newKeyPassword.map { (name) throws(SOPFailure) in try desk.password(name) }
        let keys = try SOPKeys.take(try desk.standardInput(), "standard input", desk, isSecret: true)
        let scratch = try desk.scratch()
        var secret: [UInt8] = []
        for key in keys {
            try SOPKeys.trying(oldKeyPassword, desk) { old throws(SessionError) in
                try scratch.changePassphrase(of: key, from: old, to: new)
            }
            do throws(SessionError) { secret += try scratch.secretKey(of: key, passphrase: new).exposed() } catch {
                throw SOPKeys.failure(error, .keyIsProtected)
            }
        }
        try desk.give(secret, .secretKey, armoring)
    }
}

struct SOPRevokeKey: SOPCall {
    static let configuration = CommandConfiguration(
        commandName: "revoke-key", abstract: "Take a secret key back: gives the certificate that says so.")

    @OptionGroup var armoring: SOPArmoring
    @OptionGroup var passwords: SOPKeyPasswords

    func perform(_ desk: SOPDesk) throws(SOPFailure) {
        let keys = try SOPKeys.take(try desk.standardInput(), "standard input", desk, isSecret: true)
        let scratch = try desk.scratch()
        var certificates: [UInt8] = []
        for key in keys {
            certificates += try SOPKeys.trying(passwords.withKeyPassword, desk) { password throws(SessionError) in
                try scratch.revoke(key, passphrase: password)
                return try scratch.certificate(of: key)
            }
        }
        try desk.give(certificates, .publicKey, armoring)
    }
}

struct SOPExtractCert: SOPCall {
    static let configuration = CommandConfiguration(
        commandName: "extract-cert", abstract: "Give the certificate of a secret key.")

    @OptionGroup var armoring: SOPArmoring

    func perform(_ desk: SOPDesk) throws(SOPFailure) {
        let keys = try SOPKeys.take(try desk.standardInput(), "standard input", desk, isSecret: true)
        let scratch = try desk.scratch()
        var certificates: [UInt8] = []
        for key in keys {
            do throws(SessionError) { certificates += try scratch.certificate(of: key) } catch {
                throw SOPKeys.failure(error, .unspecified)
            }
        }
        try desk.give(certificates, .publicKey, armoring)
    }
}

extension SOPDesk {
    /// Prints OpenPGP data.
    func give(_ bytes: [UInt8], _ label: Armor.Label, _ armoring: SOPArmoring) throws(SOPFailure) {
        try print(armoring.noArmor ? bytes : Array(Armor.block(bytes, label).utf8))
    }
}
