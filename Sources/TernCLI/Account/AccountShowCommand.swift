// Owns `tern account show`. It changes nothing.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernOMEMO
internal import TernStore
internal import TernJSON

/// `tern account show`.
struct AccountShowCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show an account: its device, its fingerprint, its prekeys.",
        discussion: """
            With --qr its fingerprint is drawn for the camera of somebody who verifies it: show it on your own screen and \
            send no picture of it.

            Example:
              tern account show --account alice@example.org --qr
            """)

    @Flag(help: "Draw a QR code to verify the device by, and print the address in it.")
    var qr = false

    @Flag(help: "Print the verified keys as addresses for other programs and QR codes.")
    var uri = false

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let file = try options.openStore(in: console.workplace)
        let account = try options.openAccount(
            try options.accountAddress(in: file, console.workplace), in: file, console.workplace)
        if uri {
            try await URIReport(account.jid, account).print(console)
            return .success
        }
        var summary = AccountSummary(account, isSealed: file.isSealed)
        try await summary.addPolicy(of: account)
        try await summary.addPreKeys(of: account)
        if qr {
            summary.uri =
                VerificationURI(account.jid, devices: [.init(account.device, account.fingerprint)]).text
        }
        if console.json { console.print(.object(summary.object)) } else { summary.print(console) }
        return .success
    }
}
