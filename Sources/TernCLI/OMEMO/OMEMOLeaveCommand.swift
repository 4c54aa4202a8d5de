// Owns `tern omemo leave`. It must not know how anything is withdrawn.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernJSON
internal import TernOMEMO

/// `tern omemo leave`.
struct OMEMOLeaveCommand: ConfirmedCommand {
    static let configuration = CommandConfiguration(
        commandName: "leave",
        abstract: "Leave OMEMO with this device: off the account's lists, and no bundle any more.",
        discussion: """
            What has to be published and withdrawn waits in 'tern outbox'. Nothing is encrypted here from then on; what was \
            sent before is still decrypted. Keys, sessions and decisions stay: 'tern omemo join' announces the device again. \
            A person is asked first, at the terminal; scripts say --yes.

            Example:
              tern omemo leave --yes
            """)

    @Flag(help: "Do it without asking.")
    var yes = false

    @OptionGroup var options: GlobalOptions

    var question: (warning: String, otherwise: String) {
        ("nobody encrypts to this device any more, and it encrypts nothing", otherwise: "nothing has changed")
    }

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        try makeSure(console)
        do throws(SessionError) {
            try await account.leave(at: Timestamp.now)
        } catch .ended {
            throw CommandFailure(.ended, "this device has left already", hint: "see 'tern outbox'")
        } catch {
            throw CommandFailure(error)
        }
        if console.json { console.print(.object(try await OMEMOReport(account).object)) }
        console.note("device \(account.device) has left; publish and withdraw: see 'tern outbox'")
        return .success
    }
}
