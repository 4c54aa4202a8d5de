// Owns `tern account delete`. It must not know how rows are overwritten.

internal import ArgumentParser
internal import TernCore
internal import TernStore

/// `tern account delete`.
struct AccountDeleteCommand: TernCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete an account: its keys, sessions and everything that waits.",
        discussion: """
            Nobody can decrypt what is still on its way to it. The place in the file is overwritten.

            Example:
              tern account delete alice@example.org --yes
            """)

    @Flag(help: "Do it.")
    var yes = false

    @Argument(help: ArgumentHelp("The account's address.", valueName: "jid"), transform: GlobalOptions.address)
    var jid: BareJID

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        guard yes else {
            throw CommandFailure(
                .usage, "this deletes the keys of \(jid) for good", hint: "add --yes if that is what you want")
        }
        let file = try options.openStore()
        do throws(StoreError) {
            try file.delete(jid)
        } catch {
            throw CommandFailure(error, store: try options.storeFolder())
        }
        console.note("\(jid) is deleted")
        return .success
    }
}
