// Owns `tern contact trust`.

internal import ArgumentParser
internal import TernCore

/// `tern contact trust`.
struct ContactTrustCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust", abstract: "Accept keys of an address.",
        discussion: """
            A key that was refused or has changed is accepted from now on; one that was verified stays so. With --device \
            and another fingerprint the device's key is replaced, and its sessions end.

            Example:
              tern contact trust bob@example.org --device 42
            """)

    @OptionGroup var keys: KeyArguments

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        try await TrustDecision(.firstUse, keys).execute(options, mayReplace: true, console)
    }
}
