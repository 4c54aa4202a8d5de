// Owns `tern otr end`.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernOTR

/// `tern otr end`.
struct OTREndCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "end", abstract: "End a conversation, and tell the other end.",
        discussion: "Prints the stanza to send.\n\nExample:\n  tern otr end --to bob@example.org/home")

    @Option(help: ArgumentHelp("With whom.", valueName: "jid/resource"), transform: GlobalOptions.fullAddress)
    var to: JID

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        return try await OTRReport(.end, with: to, of: account).tell(account, console)
    }
}
