// Owns `tern omemo devices`: what lists say, and taking a device off this account's own.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernJSON
internal import TernOMEMO
internal import TernStore

/// `tern omemo devices`.
struct OMEMODevicesCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "devices", abstract: "Show the devices of this account, or of another address.",
        discussion: """
            A device that is lost or not one's own is taken off this account's lists with --remove: others do not encrypt to \
            it any more once the lists are published, which wait in 'tern outbox'. --label names this device for everybody \
            who has its account as a contact; an empty name takes it away. Names are shown where the device's own key has \
            signed them. --expire takes this account's other devices off the lists by itself once nothing has come from them for             so long; one that is still in use announces itself again.

            Example:
              tern omemo devices --remove 42
            """)

    @Option(help: ArgumentHelp("Take this device off this account's own lists.", valueName: "n"))
    var remove: UInt32?

    @Option(help: ArgumentHelp("Name this device, publicly.", valueName: "name"))
    var label: String?

    @Option(
        help: ArgumentHelp("Days of silence after which own other devices expire, or never.", valueName: "days"),
        transform: OMEMODevicesCommand.days)
    var expire: Days?

    @Argument(
        help: ArgumentHelp("The address; this account's own without it.", valueName: "jid"),
        transform: GlobalOptions.address)
    var jid: BareJID?

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        if remove != nil || label != nil || expire != nil {
            guard jid ?? account.jid == account.jid else {
                throw CommandFailure(.usage, "only this account's own lists can be changed")
            }
        }
        if let remove {
            try await take(remove, off: account, console)
            if label == nil { return .success }
        }
        if let label { try await name(label, account, console) }
        if let expire { try await set(expire, account, console) }
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

    /// A number of days; none at all for `never`.
    private static func days(_ text: String) throws -> Days {
        if text == "never" { return Days(0) }
        guard let count = Int64(text), (1...36500).contains(count) else {
            throw ValidationError("--expire takes a number of days from 1 to 36500, or never")
        }
        return Days(count)
    }

    private func set(_ expiry: Days, _ account: Account<AccountStore>, _ console: Console) async throws(CommandFailure)
    {
        do throws(SessionError) {
            try await account.setExpiry(expiry.count == 0 ? nil : expiry, at: Timestamp.now)
        } catch {
            throw CommandFailure(error)
        }
        let days = counted(Int(expiry.count), "day")
        console.note(expiry.count == 0 ? "own devices do not expire" : "own devices expire after \(days) of silence")
    }

    private func name(_ label: String, _ account: Account<AccountStore>, _ console: Console)
        async throws(CommandFailure)
    {
        do throws(SessionError) {
            try await account.setLabel(label)
        } catch .limitExceeded {
            throw CommandFailure(.usage, "a name has at most \(ListedDevice.labelLimit) bytes")
        } catch .malformed {
            throw CommandFailure(.usage, "the name has characters that XML cannot carry")
        } catch {
            throw CommandFailure(error)
        }
        console.note("the device list has to be published: see 'tern outbox'")
    }

    private func take(
        _ number: UInt32, off account: Account<AccountStore>, _ console: Console
    ) async throws(CommandFailure) {
        guard let id = try? DeviceID(number) else {
            throw CommandFailure(.usage, "a device's number is from 1 to 2147483647")
        }
        do throws(SessionError) {
            try await account.removeFromLists(id, at: Timestamp.now)
        } catch .misuse {
            throw CommandFailure(.usage, "device \(id) is this one", hint: "see 'tern omemo leave'")
        } catch .materialMissing {
            throw CommandFailure(
                .missingMaterial, "device \(id) is on no list of \(account.jid)", hint: "see 'tern omemo devices'")
        } catch {
            throw CommandFailure(error)
        }
        if console.json { console.print(.object(Removal(.listedDevice, account.jid, device: id).object)) }
        console.note("device \(id) is off the lists of \(account.jid); publish them: see 'tern outbox'")
    }
}
