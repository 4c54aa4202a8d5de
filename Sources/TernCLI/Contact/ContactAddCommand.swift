// Owns `tern contact add`.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernJSON

/// `tern contact add`.
struct ContactAddCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Make an address known.",
        discussion: "Importing its bundles does that too.\n\nExample:\n  tern contact add bob@example.org")

    @Argument(help: ArgumentHelp("The address.", valueName: "jid"), transform: GlobalOptions.address)
    var jid: BareJID

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        do throws(SessionError) {
            try await account.add(jid)
            if console.json {
                let summary = ContactSummary(
                    jid, devices: try await account.devices(of: jid).count, policy: try await account.ownPolicy(of: jid)
                )
                console.print(.object(summary.object))
            }
        } catch {
            throw CommandFailure(error)
        }
        return .success
    }
}
