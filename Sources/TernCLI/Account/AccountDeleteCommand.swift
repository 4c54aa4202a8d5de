// Owns `tern account delete`. It must not know how rows are overwritten.

internal import ArgumentParser
internal import TernCore
internal import TernJSON
internal import TernStore

/// `tern account delete`.
struct AccountDeleteCommand: ConfirmedCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete an account: its keys, sessions and everything that waits.",
        discussion: """
            Nobody can decrypt what is still on its way to it. The place in the file is overwritten. A person is asked \
            first, at the terminal; scripts say --yes.

            Example:
              tern account delete alice@example.org --yes
            """)

    @Flag(help: "Do it without asking.")
    var yes = false

    @Argument(help: ArgumentHelp("The account's address.", valueName: "jid"), transform: GlobalOptions.address)
    var jid: BareJID

    @OptionGroup var options: GlobalOptions

    var question: (warning: String, otherwise: String) {
        ("this deletes the keys of \(jid) for good", otherwise: "nothing is deleted")
    }

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let file = try options.openStore(in: console.workplace)
        guard try options.accounts(in: file, console.workplace).contains(where: { $0.jid == jid }) else {
            throw CommandFailure(.usage, "the store has no account \(jid)", hint: "see 'tern account list'")
        }
        try makeSure(console)
        do throws(StoreError) {
            try file.delete(jid)
            console.workplace.held?.forget(jid)
        } catch {
            throw CommandFailure(error, store: try options.storeFolder(in: console.workplace))
        }
        if console.json { console.print(.object(Removal(.account, jid).object)) }
        console.note("\(jid) is deleted")
        return .success
    }
}
