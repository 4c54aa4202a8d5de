// Owns the root command: which commands there are, and how parsing, running and failing become an exit code.
// It must not know what a command does. A new command is added to `subcommands` and conforms to `TernCommand`.

internal import ArgumentParser
internal import Glibc
internal import TernInput

/// The command `tern`.
struct TernTool: CommandFamily {
    static let configuration = CommandConfiguration(
        commandName: "tern",
        abstract: "End-to-end encryption for XMPP: OMEMO, OTR and OpenPGP.",
        discussion: """
            Example:
              tern vectors run

            Data is written to standard output, everything else to standard error. Exit codes are listed in the manual \
            page: tern man | man -l -
            """,
        version: "tern \(ProgramVersion.number)",
        subcommands: [
            AccountCommand.self, ContactCommand.self, RoomCommand.self, BundleCommand.self, EncryptCommand.self,
            DecryptCommand.self,
            OutboxCommand.self, FileCommand.self, OMEMOCommand.self, OTRCommand.self, PGPCommand.self, SOPCommand.self,
            XMPPCommand.self,
            RPCCommand.self,
            DoctorCommand.self,
            VectorsCommand.self,
            BenchCommand.self, CompletionsCommand.self, ManCommand.self, VersionCommand.self,
        ])

    @OptionGroup var options: GlobalOptions

    /// Runs the command that the arguments name, and ends the process.
    static func start() async -> Never {
        let arguments = FileName.arguments()
        do {
            var parsed = try parseAsRoot(arguments)
            guard let command = parsed as? any TernCommand else {
                // a program that reads JSON has not come for help
                if let family = parsed as? any CommandFamily, family.options.json {
                    let failure = CommandFailure(
                        .usage, "there is no command to run", hint: seeHelp(arguments))
                    Console(family.options, in: .process).report(failure)
                    leave(failure.status)
                }
                // a family of commands, or the parser's own help: running it throws the help text
                try parsed.run()
                leave(.success)
            }
            let console = Console(command.options, in: .process)
            var code: ExitStatus
            do throws(CommandFailure) {
                try forward(command, arguments)
                do throws(CommandFailure) {
                    code = try await command.execute(console)
                } catch {
                    // somebody who holds it may listen by now
                    if error.code == .storeHeld { try forward(command, arguments) }
                    throw error
                }
                try console.finish()
            } catch {
                console.report(error)
                code = error.status
                // what was printed before the failure stays printed
                try? console.finish()
            }
            leave(code)
        } catch {
            leave(fail(parsing: error, arguments))
        }
    }

    /// Has the command done by whoever holds its store, and ends with its exit code. Returns where nobody does.
    private static func forward(_ command: any TernCommand, _ arguments: [String]) throws(CommandFailure) {
        guard let command = command as? any StoreCommand, Forwarding.isPossible(command, in: .process) else { return }
        // A person takes their time: nobody is kept waiting meanwhile.
        let answers = try command.confirm()
        guard let holder = Forwarding(command, in: .process) else { return }
        let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
        if let status = try holder.run(arguments[..<end] + answers + arguments[end...]) { leave(status) }
    }

    /// Help and the like come as errors too: they are data and no failure.
    private static func fail(parsing error: any Error, _ arguments: [String]) -> ExitStatus {
        let isJSON = arguments.prefix { $0 != "--" }.contains("--json")
        let console = Console(json: isJSON, in: .process)
        guard exitCode(for: error) != .success else {
            console.print(verbatim: fullMessage(for: error))
            do throws(CommandFailure) {
                try console.finish()
                return .success
            } catch {
                console.report(error)
                return error.status
            }
        }
        console.report(
            CommandFailure(.usage, UsageMessage.text(of: message(for: error)), hint: seeHelp(arguments)))
        return .usage
    }

    /// Where help about what was typed is; before the command may stand options with values.
    private static func seeHelp(_ arguments: [String]) -> String {
        var words = ["tern"]
        var choices = configuration.subcommands
        for word in arguments where !word.hasPrefix("-") {
            if let command = choices.first(where: { $0._commandName == word }) {
                words.append(word)
                choices = command.configuration.subcommands
            } else if words.count > 1 {
                break
            }
        }
        return "see '\(words.joined(separator: " ")) --help'"
    }

    private static func leave(_ status: ExitStatus) -> Never {
        Glibc.exit(status.rawValue)
    }
}
