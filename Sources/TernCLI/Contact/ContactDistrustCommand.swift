// Owns `tern contact distrust`.

internal import ArgumentParser
internal import TernCore

/// `tern contact distrust`.
struct ContactDistrustCommand: TernCommand {
    static let configuration = CommandConfiguration(
        commandName: "distrust", abstract: "Refuse keys of an address.",
        discussion: """
            Nothing is encrypted to them, and what comes from them is not decrypted. Where the device has another key than \
            the fingerprint, nothing changes and the exit code is 4.

            Example:
              tern contact distrust bob@example.org --device 42
            """)

    @Option(help: ArgumentHelp("The device that is meant; all without it.", valueName: "n"))
    var device: UInt32?

    @Argument(help: ArgumentHelp("The address.", valueName: "jid"), transform: GlobalOptions.address)
    var jid: BareJID

    @Argument(help: ArgumentHelp("The key that is meant, in any grouping.", valueName: "fingerprint"))
    var fingerprint: [String] = []

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let decision = try TrustDecision(.distrusted, jid, device: device, fingerprint: fingerprint)
        let account = try await options.openAccount()
        decision.tell(try await decision.carryOut(account, mayReplace: false), console)
        return .success
    }
}
