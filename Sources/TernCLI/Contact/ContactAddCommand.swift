// Owns `tern contact add`.

internal import ArgumentParser
internal import Tern
internal import TernCore

/// `tern contact add`.
struct ContactAddCommand: TernCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Make an address known.",
        discussion: "Importing its bundles does that too.\n\nExample:\n  tern contact add bob@example.org")

    @Argument(help: ArgumentHelp("The address.", valueName: "jid"), transform: GlobalOptions.address)
    var jid: BareJID

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount()
        do throws(SessionError) { try await account.add(jid) } catch { throw CommandFailure(error) }
        return .success
    }
}
