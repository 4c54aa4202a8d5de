// Owns `tern contact forget`.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernJSON

/// `tern contact forget`.
struct ContactForgetCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget", abstract: "Forget an address: its devices, keys, trust and sessions.",
        discussion: """
            Whoever comes next under this address is a stranger, and is accepted on first use.

            Example:
              tern contact forget bob@example.org
            """)

    @Argument(help: ArgumentHelp("The address.", valueName: "jid"), transform: GlobalOptions.address)
    var jid: BareJID

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        do throws(SessionError) {
            try await account.forget(jid)
        } catch .misuse {
            throw CommandFailure(
                .usage, "\(jid) is this account itself", hint: "see 'tern account delete' and 'tern omemo devices'")
        } catch {
            throw CommandFailure(error)
        }
        if console.json { console.print(.object(Removal(.contact, jid).object)) }
        return .success
    }
}
