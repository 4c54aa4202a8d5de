// Owns `tern contact opt-out`: the wish to write in the clear, ours or theirs.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernJSON
internal import TernOMEMO
internal import TernStore
internal import TernXML

/// `tern contact opt-out`.
struct ContactOptOutCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "opt-out", abstract: "See and decide whether somebody is to be written to in the clear.",
        discussion: """
            Whoever wants no encrypted messages any more says so inside one. From then on nothing is encrypted to them (exit \
            5), and nothing is sent in the clear by itself: --confirm agrees, and other programs go on in the clear; \
            --resume goes on encrypting. --send prints the message that says the same to them, in OMEMO 2.

            Example:
              tern contact opt-out bob@example.org --resume
            """)

    @Flag(help: "Agree.")
    var confirm = false

    @Flag(help: "Encrypt again.")
    var resume = false

    @Flag(help: "Say to them that messages are wanted in the clear.")
    var send = false

    @Option(help: ArgumentHelp("Why, with --send.", valueName: "text"))
    var reason: String?

    @Argument(help: ArgumentHelp("The address.", valueName: "jid"), transform: GlobalOptions.address)
    var jid: BareJID

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard [confirm, resume, send].count(where: { $0 }) <= 1 else {
            throw ValidationError("--confirm, --resume and --send are three different things")
        }
        guard send || reason == nil else { throw ValidationError("--reason goes with --send") }
    }

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        if send { return try await say(account, console) }
        do throws(SessionError) {
            if confirm || resume { try await account.decideOptOut(of: jid, isConfirmed: confirm) }
            let state = try await account.optOut(of: jid).map { $0 == .asked ? "asked" : "confirmed" } ?? "none"
            var object = JSONObject()
            object["v"] = 1
            object["type"] = "optOut"
            object["jid"] = .string(jid.description)
            object["state"] = .string(state)
            if console.json { console.print(.object(object)) } else { console.print("\(jid)  \(state)") }
        } catch .misuse {
            throw CommandFailure(.usage, "\(jid) has not asked for it", hint: "see 'tern contact opt-out \(jid)'")
        } catch {
            throw CommandFailure(error)
        }
        return .success
    }

    private func say(
        _ account: Account<AccountStore>, _ console: Console
    ) async throws(CommandFailure) -> ExitStatus {
        var wish = Element("opt-out", namespace: Version.v2.namespace)
        if let reason { wish.append(Element("reason", namespace: Version.v2.namespace, text: reason)) }
        let request = try EncryptRequest(Draft(.elements([wish]), to: [jid], versions: [.v2]), id: nil)
        do throws(SessionError) {
            guard let result = try await account.encrypt([request.draft], at: Timestamp.now).first else {
                throw .misuse
            }
            let report = EncryptReport(request, result)
            report.print(console)
            return report.status
        } catch {
            throw CommandFailure(error)
        }
    }
}
