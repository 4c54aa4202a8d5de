// Owns `tern otr query`.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernOTR

/// `tern otr query`.
struct OTRQueryCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "query", abstract: "Begin a conversation, or take up what the other end has offered.",
        discussion: "Prints the stanza to send.\n\nExample:\n  tern otr query --to bob@example.org/home")

    @Option(help: ArgumentHelp("With whom.", valueName: "jid/resource"), transform: GlobalOptions.fullAddress)
    var to: JID

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        return try await OTRReport(.start, with: to, of: account).tell(account, console)
    }
}
