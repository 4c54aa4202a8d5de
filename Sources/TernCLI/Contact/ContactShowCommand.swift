// Owns `tern contact show`. It changes nothing.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernJSON
internal import TernOMEMO

/// `tern contact show`.
struct ContactShowCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show the devices and keys of an address: fingerprints, trust, sessions.",
        discussion: """
            With --uri it prints the addresses that carry the verified keys to another screen, one for each spelling: the \
            one with device numbers and OMEMO 2's trust message.

            Example:
              tern contact show bob@example.org
            """)

    @Argument(help: ArgumentHelp("The address.", valueName: "jid"), transform: GlobalOptions.address)
    var jid: BareJID

    @Flag(help: "Print the verified keys as addresses for other programs and QR codes.")
    var uri = false

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        if uri {
            try await URIReport(jid, account).print(console)
            return .success
        }
        let devices: [DeviceStanding]
        do throws(SessionError) {
            devices = try await account.devices(of: jid)
        } catch {
            throw CommandFailure(error)
        }
        let hasKeys = try await PGPKeyReport.show(jid, account, console)
        guard !devices.isEmpty || hasKeys else {
            throw CommandFailure(
                .missingMaterial, "no device of \(jid) is known",
                hint: "import what it publishes: tern bundle import --from \(jid)")
        }
        do throws(SessionError) {
            if !console.json, let policy = try await account.ownPolicy(of: jid) {
                console.print("policy \(policy.rawValue)")
            }
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
