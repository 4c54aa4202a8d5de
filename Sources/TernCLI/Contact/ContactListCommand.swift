// Owns `tern contact list`. It changes nothing.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernJSON
internal import TernOMEMO

/// `tern contact list`.
struct ContactListCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the addresses that something is known of.",
        discussion: "Example:\n  tern contact list --json")

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        do throws(SessionError) {
            for jid in try await account.contacts() {
                let summary = ContactSummary(
                    jid, devices: try await account.devices(of: jid).count, policy: try await account.ownPolicy(of: jid)
                )
                if console.json { console.print(.object(summary.object)) } else { console.print(summary.line) }
            }
        } catch {
            throw CommandFailure(error)
        }
        return .success
    }
}
