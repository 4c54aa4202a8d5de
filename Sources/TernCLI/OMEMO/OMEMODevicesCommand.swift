// Owns `tern omemo devices`. It changes nothing.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernJSON
internal import TernOMEMO

/// `tern omemo devices`.
struct OMEMODevicesCommand: TernCommand {
    static let configuration = CommandConfiguration(
        commandName: "devices", abstract: "Show the devices of this account, or of another address.",
        discussion: "Example:\n  tern omemo devices")

    @Argument(
        help: ArgumentHelp("The address; this account's own without it.", valueName: "jid"),
        transform: GlobalOptions.address)
    var jid: BareJID?

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount()
        let devices: [DeviceStanding]
        do throws(SessionError) {
            devices = try await account.devices(of: jid ?? account.jid)
        } catch {
            throw CommandFailure(error)
        }
        for device in devices {
            if console.json {
                console.print(.object(DeviceReport(device).object))
            } else {
                DeviceReport(device).print(console)
            }
        }
        return .success
    }
}
