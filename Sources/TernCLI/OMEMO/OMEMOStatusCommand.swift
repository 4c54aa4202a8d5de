// Owns `tern omemo status`. It changes nothing.

internal import ArgumentParser
internal import TernJSON

/// `tern omemo status`.
struct OMEMOStatusCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how this account's OMEMO is: prekeys, sessions, what waits.",
        discussion: "Example:\n  tern omemo status --json")

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        let report = try await OMEMOReport(account)
        if console.json { console.print(.object(report.object)) } else { report.print(console) }
        return .success
    }
}
