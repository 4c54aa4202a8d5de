// Owns how an account's OMEMO is told to people and programs. It must not know where what is known of it lies.

internal import Tern
internal import TernCore
internal import TernJSON
internal import TernOMEMO
internal import TernStore

/// An account's own keys, sessions and devices for people or programs.
struct OMEMOReport {
    private let account: Account<AccountStore>
    private let status: OMEMOStatus
    /// The account's devices, this one included.
    private let devices: [DeviceStanding]
    private let now = Timestamp.now

    init(_ account: Account<AccountStore>) async throws(CommandFailure) {
        self.account = account
        do throws(SessionError) {
            status = try await account.status()
            devices = try await account.devices(of: account.jid)
        } catch {
            throw CommandFailure(error)
        }
    }

    /// For programs.
    var object: JSONObject {
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "omemo"
        object["jid"] = .string(account.jid.description)
        object["device"] = .number(account.device.description)
        object["fingerprint"] = .string(account.fingerprint.grouped)
        object["versions"] = .array(
            status.versions.map { each in
                [
                    "scheme": .string(each.version.scheme.rawValue), "preKeys": .number(String(each.preKeys)),
                    "signedPreKey": .number(String(each.signedPreKey)), "signedPreKeyMade": .string(each.made.xmpp),
                    "sessions": .number(String(each.sessions)), "archived": .number(String(each.archived)),
                    "signedPreKeyAge": .number(String(age(of: each))),
                    "devices": .array(
                        devices.filter { $0.versions.contains(each.version) }.map {
                            .number($0.address.device.description)
                        }),
                ]
            })
        if let expiry = status.expiry { object["expiry"] = .number(String(expiry.count)) }
        if let left = status.left { object["left"] = .string(left.xmpp) }
        object["outbox"] = .number(String(status.outstanding))
        object["unacknowledged"] = .number(String(status.unacknowledged))
        return object
    }

    /// For people.
    func print(_ console: Console) {
        console.print("\(safe(account.jid.description))  device \(account.device)")
        console.print("  \(account.fingerprint.grouped)")
        for each in status.versions {
            console.print(
                "\(each.version.scheme.rawValue): \(counted(each.preKeys, "prekey")), "
                    + "signed prekey \(each.signedPreKey) since \(each.made.xmpp) "
                    + "(\(counted(age(of: each) / OMEMOReport.day, "day"))), "
                    + "\(counted(each.sessions, "session")), \(each.archived) older")
        }
        for device in devices {
            let schemes = device.versions.map(\.scheme.rawValue).joined(separator: " ")
            let isThis = device.address.device == account.device
            console.print(
                "own device \(device.address.device)\(isThis ? ", this one" : ""): "
                    + "\(schemes.isEmpty ? "on no list" : schemes)")
        }
        if let expiry = status.expiry {
            console.print("own devices expire after \(counted(Int(expiry.count), "day")) of silence")
        }
        if let left = status.left { console.print("left OMEMO at \(left.xmpp)") }
        console.print("outbox: \(status.outstanding), plaintexts that nobody took: \(status.unacknowledged)")
    }

    /// In seconds; none by a clock that was set back.
    private func age(of version: OMEMOStatus.OfVersion) -> Int {
        Int(max(0, now.milliseconds - version.made.milliseconds) / 1000)
    }

    private static let day = 86_400
}
