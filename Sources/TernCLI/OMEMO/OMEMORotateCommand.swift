// Owns `tern omemo rotate`.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernJSON

/// `tern omemo rotate`.
struct OMEMORotateCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Make new signed prekeys; the ones before stay for what is on its way.",
        discussion: "The bundles to publish wait in 'tern outbox'.\n\nExample:\n  tern omemo rotate")

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        do throws(SessionError) { try await account.rotate(at: Timestamp.now) } catch { throw CommandFailure(error) }
        if console.json { console.print(.object(try await OMEMOReport(account).object)) }
        console.note("there are new signed prekeys; the bundles to publish wait in 'tern outbox'")
        return .success
    }
}
