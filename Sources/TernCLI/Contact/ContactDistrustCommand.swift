// Owns `tern contact distrust`.

internal import ArgumentParser
internal import TernCore

/// `tern contact distrust`.
struct ContactDistrustCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "distrust", abstract: "Refuse keys of an address.",
        discussion: """
            Nothing is encrypted to them, and what comes from them is not decrypted. Where the device has another key than \
            the fingerprint, nothing changes and the exit code is 4.

            Example:
              tern contact distrust bob@example.org --device 42
            """)

    @OptionGroup var keys: KeyArguments

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        try await TrustDecision(.distrusted, keys).execute(options, mayReplace: false, console)
    }
}
