// Owns `tern contact policy`: what becomes of keys that nobody has seen before.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernJSON
internal import TernStore

/// `tern contact policy`.
struct ContactPolicyCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Show or set what becomes of new keys.",
        discussion: """
            first-use accepts the first key of a device; blind does so until a key of the address has been verified; manual \
            leaves every new key undecided. Nothing is encrypted beside an undecided key (exit 4) until it is accepted, \
            verified or distrusted. A changed key is never accepted. Without an address the policy is for all that have \
            none of their own, and default takes an address's own away.

            With --automatic on, verified devices tell each other of the keys that their people have verified or distrusted \
            (XEP-0450), and what they say is carried out; it is for the whole account.

            Example:
              tern contact policy bob@example.org blind
              tern contact policy manual
            """)

    @Argument(help: ArgumentHelp("The address; all without it.", valueName: "jid"))
    var jid: String?

    @Argument(help: ArgumentHelp("The policy: manual, blind, first-use or default.", valueName: "policy"))
    var policy: String?

    @Option(help: ArgumentHelp("Whether verified devices decide about keys for each other.", valueName: "on|off"))
    var automatic: OnOff?

    @OptionGroup var options: GlobalOptions

    /// What is meant: a single word is an address only where it is no policy.
    private func meaning() throws(CommandFailure) -> (jid: BareJID?, policy: String?) {
        if policy == nil, let jid, PolicyReport.names.contains(jid) { return (nil, jid) }
        if let policy, !PolicyReport.names.contains(policy) {
            throw CommandFailure(.usage, "a policy is one of \(PolicyReport.names.joined(separator: ", "))")
        }
        guard let jid else { return (nil, policy) }
        guard jid.contains("@"), let address = try? BareJID(jid) else {
            throw CommandFailure(
                .usage, "neither an address like you@example.org nor a policy",
                hint: "a policy is one of \(PolicyReport.names.joined(separator: ", "))")
        }
        return (address, policy)
    }

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let (jid, name) = try meaning()
        let account = try await options.openAccount(in: console.workplace)
        do throws(SessionError) {
            if let name { try await account.setPolicy(TrustPolicy(rawValue: name), of: jid) }
            if let automatic {
                for event in try await account.setTrustAutomatic(automatic == .on, at: Timestamp.now) {
                    console.note(event)
                }
            }
            let report = PolicyReport(
                account: account.jid, jid, own: jid == nil ? nil : try await account.ownPolicy(of: jid ?? account.jid),
                effective: try await account.policy(of: jid), isAutomatic: try await account.isTrustAutomatic())
            if console.json { console.print(.object(report.object)) } else { console.print(report.line) }
        } catch .misuse {
            throw CommandFailure(.usage, "default is a policy for an address", hint: "the account's own is first-use")
        } catch {
            throw CommandFailure(error)
        }
        return .success
    }
}

/// A switch.
enum OnOff: String, ExpressibleByArgument, CaseIterable {
    case on, off
}
