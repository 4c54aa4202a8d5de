// Owns `tern omemo status`. It changes nothing.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernJSON
internal import TernOMEMO

/// `tern omemo status`.
struct OMEMOStatusCommand: TernCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how this account's OMEMO is: prekeys, sessions, what waits.",
        discussion: "Example:\n  tern omemo status --json")

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount()
        let status: OMEMOStatus
        do throws(SessionError) {
            status = try await account.status()
        } catch {
            throw CommandFailure(error)
        }
        if console.json {
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
                    ]
                })
            object["outbox"] = .number(String(status.outstanding))
            object["unacknowledged"] = .number(String(status.unacknowledged))
            console.print(.object(object))
            return .success
        }
        console.print("\(safe(account.jid.description))  device \(account.device)")
        console.print("  \(account.fingerprint.grouped)")
        for each in status.versions {
            console.print(
                "\(each.version.scheme.rawValue): \(counted(each.preKeys, "prekey")), "
                    + "signed prekey \(each.signedPreKey) since \(each.made.xmpp), "
                    + "\(counted(each.sessions, "session")), \(each.archived) older")
        }
        console.print("outbox: \(status.outstanding), plaintexts that nobody took: \(status.unacknowledged)")
        return .success
    }
}
