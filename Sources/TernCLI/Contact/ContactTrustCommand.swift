// Owns `tern contact trust`.

internal import ArgumentParser
internal import TernCore

/// `tern contact trust`.
struct ContactTrustCommand: TernCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust", abstract: "Accept keys of an address.",
        discussion: """
            A key that was refused or has changed is accepted from now on; one that was verified stays so. With --device \
            and another fingerprint the device's key is replaced, and its sessions end.

            Example:
              tern contact trust bob@example.org --device 42
            """)

    @Option(help: ArgumentHelp("The device that is meant; all without it.", valueName: "n"))
    var device: UInt32?

    @Argument(help: ArgumentHelp("The address.", valueName: "jid"), transform: GlobalOptions.address)
    var jid: BareJID

    @Argument(help: ArgumentHelp("The key that is meant, in any grouping.", valueName: "fingerprint"))
    var fingerprint: [String] = []

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let decision = try TrustDecision(.firstUse, jid, device: device, fingerprint: fingerprint)
        let account = try await options.openAccount()
        decision.tell(try await decision.carryOut(account, mayReplace: true), console)
        return .success
    }
}
