// Owns the Stateless OpenPGP interface as a whole: its sub-commands, and what their arguments' mistakes are called. It must not know
// what they do.

internal import ArgumentParser
internal import Glibc

/// A sub-command.
protocol SOPCall: ParsableCommand {
    /// Does it.
    func perform(_ desk: SOPDesk) throws(SOPFailure)
}

/// `sop` (draft-dkg-openpgp-stateless-cli).
struct SOPTool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tern sop", abstract: "OpenPGP with keys that come along with each call.",
        discussion: """
            The Stateless OpenPGP command line (draft-dkg-openpgp-stateless-cli), with its own exit codes. Nothing is read \
            from a store or kept in one. Input is standard input, output standard output; other names are files, or @FD:N \
            and @ENV:NAME.

            Example:
              tern sop generate-key 'Alice <alice@example.org>' > alice.key
              tern sop extract-cert < alice.key > alice.cert
              echo Hello | tern sop encrypt alice.cert | tern sop decrypt alice.key
            """,
        subcommands: [
            SOPVersion.self, SOPListProfiles.self, SOPGenerateKey.self, SOPChangeKeyPassword.self, SOPRevokeKey.self,
            SOPExtractCert.self, SOPSign.self, SOPVerify.self, SOPEncrypt.self, SOPDecrypt.self, SOPInlineDetach.self,
            SOPInlineSign.self, SOPInlineVerify.self, SOPArmor.self, SOPDearmor.self,
        ])

    /// Carries out a call.
    /// - Returns: The exit code.
    static func run(_ arguments: [String], in workplace: Workplace) -> Int32 {
        let call: any ParsableCommand
        do { call = try parseAsRoot(arguments) } catch { return refuse(error, arguments, workplace) }
        guard let call = call as? any SOPCall else {
            workplace.output.write(helpMessage() + "\n")
            return arguments.isEmpty ? SOPStatus.missingArgument.rawValue : 0
        }
        let desk = SOPDesk(workplace)
        defer { desk.close() }
        do throws(SOPFailure) {
            try call.perform(desk)
            return 0
        } catch {
            workplace.errors.write("tern: error: \(safe(error.message))\n")
            return error.status.rawValue
        }
    }

    private static func refuse(_ error: any Error, _ arguments: [String], _ workplace: Workplace) -> Int32 {
        guard exitCode(for: error) != .success else {
            workplace.output.write(fullMessage(for: error) + "\n")
            return 0
        }
        let message = message(for: error)
        let words = configuration.subcommands.compactMap { $0.configuration.commandName }
        if let first = arguments.first(where: { !$0.hasPrefix("-") }), !words.contains(first) {
            workplace.errors.write("tern: error: '\(safe(first))' is no sub-command here\n")
            return SOPStatus.unsupportedSubcommand.rawValue
        }
        workplace.errors.write("tern: error: \(safe(UsageMessage.text(of: message)))\n")
        return message.hasPrefix("Missing")
            ? SOPStatus.missingArgument.rawValue : SOPStatus.unsupportedOption.rawValue
    }
}

/// `tern sop`, for help and completion; its arguments are taken before anything else looks at them.
struct SOPCommand: TernCommand {
    static let configuration = CommandConfiguration(
        commandName: "sop", abstract: "OpenPGP with keys that come along with each call, as harnesses ask for it.",
        discussion: SOPTool.configuration.discussion)

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("A sub-command and its arguments: see tern sop --help.", valueName: "arguments"))
    var arguments: [String] = []

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let code = SOPTool.run(arguments, in: console.workplace)
        guard code == 0 else { Glibc.exit(code) }
        return .success
    }

    /// The arguments of a call by this interface's own name, or by ours.
    static func arguments(_ line: [String]) -> [String]? {
        guard let program = line.first else { return nil }
        if program.split(separator: "/").last == "tern-sop" { return Array(line.dropFirst()) }
        return line.count > 1 && line[1] == "sop" ? Array(line.dropFirst(2)) : nil
    }
}

/// What becomes of data around it.
struct SOPArmoring: ParsableArguments {
    @Flag(help: "Give bytes, and no armor.")
    var noArmor = false
}

/// What opens secret keys.
struct SOPKeyPasswords: ParsableArguments {
    @Option(help: ArgumentHelp("A password of the secret keys.", valueName: "password"))
    var withKeyPassword: [String] = []
}

/// The times that signatures have to be made between.
struct SOPTimes: ParsableArguments {
    @Option(help: ArgumentHelp("Signatures from before do not count.", valueName: "date"))
    var notBefore: String?

    @Option(help: ArgumentHelp("Signatures from after do not count.", valueName: "date"))
    var notAfter: String?
}
