// Owns `tern version`. It starts nothing: scripts call it to see whether the program runs.

internal import ArgumentParser
internal import TernJSON

/// `tern version`.
struct VersionCommand: TernCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the version.",
        discussion: "Example:\n  tern version --json")

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) throws(CommandFailure) -> ExitStatus {
        if options.json {
            console.print(["v": 1, "type": "version", "name": "tern", "version": .string(ProgramVersion.number)])
        } else {
            console.print("tern \(ProgramVersion.number)")
        }
        return .success
    }
}
