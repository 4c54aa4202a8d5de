// Owns `tern contact verify`: a key that people have compared.

internal import ArgumentParser
internal import TernCore

/// `tern contact verify`.
struct ContactVerifyCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Say that a fingerprint was compared with its owner.",
        discussion: """
            Where no device of the address has this key, nothing changes and the exit code is 4 or 5.

            Example:
              tern contact verify bob@example.org 'a4685641 b5616a9f 3510a6b4 89f6cc28 dd85f8aa 06b8c6e0 a4767699 37e31022'
            """)

    @OptionGroup var keys: KeyArguments

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard !keys.fingerprint.isEmpty else {
            throw ValidationError("Missing expected argument '<fingerprint> ...'")
        }
    }

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        try await TrustDecision(.verified, keys).execute(options, mayReplace: false, console)
    }
}
