// Owns `tern account list`. It changes nothing.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernJSON
internal import TernStore

/// `tern account list`.
struct AccountListCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the accounts of the store.",
        discussion: "Example:\n  tern account list --json")

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let file = try options.openStore(in: console.workplace)
        for each in try options.accounts(in: file, console.workplace) {
            let account = try options.openAccount(each.jid, in: file, console.workplace)
            let summary = AccountSummary(account, isSealed: file.isSealed)
            if console.json {
                console.print(.object(summary.object))
            } else {
                console.print("\(safe(each.jid.description))  device \(account.device)")
            }
        }
        return .success
    }
}
