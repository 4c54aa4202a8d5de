// Owns the sub-commands that sign and check. They must not know how GnuPG does it.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernCrypto
internal import TernPGP

struct SOPSign: SOPCall {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Make signatures that stand apart.")

    @OptionGroup var armoring: SOPArmoring
    @OptionGroup var passwords: SOPKeyPasswords

    @Option(name: .customLong("as"), help: ArgumentHelp("What the data is: binary or text.", valueName: "kind"))
    var kind = SOPDataKind.binary

    @Option(help: ArgumentHelp("Write the name of the digest to this file.", valueName: "file"))
    var micalgOut: String?

    @Argument(help: "Secret keys that sign.")
    var keys: [String]

    func perform(_ desk: SOPDesk) throws(SOPFailure) {
        guard kind != .clearsigned else { throw SOPFailure(.unsupportedOption, "--as is binary or text") }
        try desk.checkAbsent(micalgOut)
        let signature = try desk.sign(.apart, kind, keys, passwords)
        // every signature here is made with it
        if let micalgOut { try desk.write(Array("pgp-sha512".utf8), to: micalgOut) }
        try desk.give(signature, .signature, armoring)
    }
}

struct SOPInlineSign: SOPCall {
    static let configuration = CommandConfiguration(
        commandName: "inline-sign", abstract: "Make a message with its signatures around it.")

    @OptionGroup var armoring: SOPArmoring
    @OptionGroup var passwords: SOPKeyPasswords

    @Option(
        name: .customLong("as"), help: ArgumentHelp("What the data is: binary, text or clearsigned.", valueName: "kind")
    )
    var kind = SOPDataKind.binary

    @Argument(help: "Secret keys that sign.")
    var keys: [String]

    func perform(_ desk: SOPDesk) throws(SOPFailure) {
        guard kind != .clearsigned || !armoring.noArmor else {
            throw SOPFailure(.incompatibleOptions, "a readable text has armor")
        }
        let message = try desk.sign(kind == .clearsigned ? .clear : .around, kind, keys, passwords)
        if kind == .clearsigned { try desk.print(message) } else { try desk.give(message, .message, armoring) }
    }
}

extension SOPDesk {
    fileprivate func sign(
        _ placement: OpenPGPScratch.Placement, _ kind: SOPDataKind, _ names: [String], _ passwords: SOPKeyPasswords
    ) throws(SOPFailure) -> [UInt8] {
        let keys = try SOPKeys.secret(names, self)
        let scratch = try scratch()
        for key in keys where (try? scratch.abilities(of: key, isSecret: true).signs) != true {
            throw SOPFailure(.keyCannotSign, "\(key.hex) cannot sign")
        }
        let data = try standardInput()
        try kind.check(data)
        return try SOPKeys.trying(passwords.withKeyPassword, self) { password throws(SessionError) in
            try scratch.sign(
                data, placement, kind.form, with: keys, isArmored: placement == .clear, passphrase: password)
        }
    }

    /// Prints lines, or refuses where there are none.
    fileprivate func give(verifications lines: [String]) throws(SOPFailure) {
        guard !lines.isEmpty else { throw SOPFailure(.noSignature, "no signature counts") }
        try print(Array(lines.map { $0 + "\n" }.joined().utf8))
    }
}

struct SOPVerify: SOPCall {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check signatures that stand apart.")

    @OptionGroup var times: SOPTimes

    @Argument(help: "The signatures.")
    var signatures: String

    @Argument(help: "Certificates whose signatures count.")
    var certs: [String]

    func perform(_ desk: SOPDesk) throws(SOPFailure) {
        let signatures = try SOPKeys.unarmored(try desk.read(self.signatures), self.signatures)
        let data = try desk.standardInput()
        let verification = try SOPVerification(certs, times, desk)
        let found: [SignatureReading]
        let scratch = try desk.scratch()
        do throws(SessionError) { found = try scratch.verify(signatures, of: data) } catch {
            throw SOPKeys.failure(error, .noSignature)
        }
        try desk.give(verifications: verification.lines(found))
    }
}

struct SOPInlineVerify: SOPCall {
    static let configuration = CommandConfiguration(
        commandName: "inline-verify", abstract: "Check a message with its signatures around it, and give its text.")

    @OptionGroup var times: SOPTimes

    @Option(help: ArgumentHelp("Write the signatures that count to this file.", valueName: "file"))
    var verificationsOut: String?

    @Argument(help: "Certificates whose signatures count.")
    var certs: [String]

    func perform(_ desk: SOPDesk) throws(SOPFailure) {
        try desk.checkAbsent(verificationsOut)
        let message = try desk.standardInput()
        let verification = try SOPVerification(certs, times, desk)
        let opened = try desk.openSigned(message)
        let lines = verification.lines(opened.signatures)
        guard !lines.isEmpty else { throw SOPFailure(.noSignature, "no signature counts") }
        if let verificationsOut { try desk.write(Array(lines.map { $0 + "\n" }.joined().utf8), to: verificationsOut) }
        try desk.print(opened.data)
    }
}

struct SOPInlineDetach: SOPCall {
    static let configuration = CommandConfiguration(
        commandName: "inline-detach", abstract: "Take a message and its signatures apart; nothing is checked.")

    @OptionGroup var armoring: SOPArmoring

    @Option(help: ArgumentHelp("Write the signatures to this file.", valueName: "file"))
    var signaturesOut: String

    func perform(_ desk: SOPDesk) throws(SOPFailure) {
        try desk.checkAbsent(signaturesOut)
        let message = try desk.standardInput()
        let signatures: [UInt8]
        do throws(SessionError) { signatures = try SignedMessage.signatures(in: message) } catch {
            throw error == .unsupported
                ? SOPFailure(.badData, "a compressed message is not taken apart: GnuPG does not unpack by itself")
                : SOPFailure(.badData, "this is no signed message")
        }
        let opened = try desk.openSigned(message)
        let text = armoring.noArmor ? signatures : Array(Armor.block(signatures, .signature).utf8)
        try desk.write(text, to: signaturesOut)
        try desk.print(opened.data)
    }
}

extension SOPDesk {
    /// What is in a signed message. Armor around a readable text is part of it.
    fileprivate func openSigned(
        _ message: [UInt8]
    ) throws(SOPFailure) -> (data: [UInt8], signatures: [SignatureReading]) {
        let bytes = SignedMessage.isClear(message) ? message : try SOPKeys.unarmored(message, "standard input")
        let scratch = try scratch()
        do throws(SessionError) { return try scratch.openSigned(bytes) } catch {
            throw SOPKeys.failure(error, .noSignature)
        }
    }
}

extension SOPVerification {
    /// Made once all was read: who signs may be at the other end of the pipe.
    fileprivate init(_ names: [String], _ times: SOPTimes, _ desk: SOPDesk) throws(SOPFailure) {
        let now = Timestamp.now
        self.init(
            certificates: try SOPKeys.certificates(names, desk),
            notBefore: try SOPVerification.time(times.notBefore, now: now),
            notAfter: try SOPVerification.time(times.notAfter ?? "now", now: now))
    }
}
