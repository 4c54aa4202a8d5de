// Owns `tern omemo join`. It must not know how anything is published.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernJSON
internal import TernOMEMO

/// `tern omemo join`.
struct OMEMOJoinCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "join", abstract: "Announce this device: one that has left, or whose number was taken.",
        discussion: """
            The lists and bundles to publish wait in 'tern outbox'. Where the number of a new device stood on the account's \
            lists already, nothing is published by itself: it may be another device's. Whoever knows that it was this one's, \
            before its keys were lost, takes it with this command.

            Example:
              tern omemo join
            """)

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        do throws(SessionError) {
            try await account.join(at: Timestamp.now)
        } catch .misuse {
            throw CommandFailure(.usage, "this device has not left", hint: "see 'tern omemo status'")
        } catch {
            throw CommandFailure(error)
        }
        if console.json { console.print(.object(try await OMEMOReport(account).object)) }
        console.note("device \(account.device) is announced; publish: see 'tern outbox'")
        return .success
    }
}
