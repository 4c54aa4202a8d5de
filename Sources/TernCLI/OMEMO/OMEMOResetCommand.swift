// Owns `tern omemo reset`: what a person does where two devices do not understand each other any more.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernJSON
internal import TernOMEMO

/// `tern omemo reset`.
struct OMEMOResetCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "End all sessions with an address, or with all: the next message begins new ones.",
        discussion: """
            Trust stays as it is. Bundles have to be imported again, since what is left of them is old.

            Example:
              tern omemo reset bob@example.org --device 42
            """)

    @Option(help: ArgumentHelp("The device that is meant; all without it.", valueName: "n"))
    var device: UInt32?

    @Flag(help: "End the sessions with everybody, own other devices among them.")
    var all = false

    @Argument(help: ArgumentHelp("The address.", valueName: "jid"), transform: GlobalOptions.address)
    var jid: BareJID?

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard all != (jid != nil) else { throw ValidationError("Either an address or --all has to be given") }
        guard device == nil || !all else { throw ValidationError("--device goes with an address") }
    }

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        do throws(SessionError) {
            let own = DeviceAddress(account.jid, account.device)
            let addresses = if let jid { [jid] } else { try await account.contacts() + [account.jid] }
            var chosen: [DeviceAddress] = []
            for jid in addresses {
                chosen += try await account.devices(of: jid).filter { $0.fingerprint != nil && $0.address != own }
                    .map(\.address).filter { device == nil || $0.device.value == device }
            }
            guard !chosen.isEmpty else { throw .noSession }
            // all of them or none
            try await account.reset(chosen)
            if console.json {
                for jid in addresses {
                    for device in try await account.devices(of: jid) where chosen.contains(device.address) {
                        console.print(.object(DeviceReport(device).object))
                    }
                }
            }
            for address in chosen {
                console.note("sessions with device \(address.device) of \(address.jid) have ended")
            }
        } catch .noSession {
            throw CommandFailure(.noSession, "there is no session to end", hint: "see 'tern contact list'")
        } catch {
            throw CommandFailure(error)
        }
        return .success
    }
}
