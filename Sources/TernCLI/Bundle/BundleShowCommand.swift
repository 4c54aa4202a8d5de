// Owns `tern bundle show`. It changes nothing.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernJSON
internal import TernOMEMO
internal import TernXML

/// `tern bundle show`.
struct BundleShowCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print what this account publishes as pubsub items, one node a line.",
        discussion: "Example:\n  tern bundle show --with omemo:2")

    @Option(help: ArgumentHelp("The scheme.", valueName: "scheme"))
    var with = SchemeChoice.omemo

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        let publications: [Publication]
        do throws(SessionError) {
            publications =
                with == .ox
                ? try await account.pgpPublications(at: Timestamp.now)
                : try await account.publications(try versions())
        } catch .materialMissing where with == .ox {
            throw CommandFailure(noKeyOf: account.jid)
        } catch {
            throw CommandFailure(error)
        }
        for each in publications {
            let text = try PubSubItems.text(each)
            if console.json {
                var object = JSONObject()
                object["v"] = 1
                object["type"] = "publication"
                object["jid"] = .string(account.jid.description)
                object["node"] = .string(each.node.name)
                if let item = each.node.item { object["item"] = .string(item) }
                object["xml"] = .string(text)
                console.print(.object(object))
            } else {
                console.print(verbatim: text)
            }
        }
        return .success
    }

    private func versions() throws(SessionError) -> [Version] {
        // XEP-0027 publishes nothing
        guard with != .pgp else { throw .unsupported }
        do throws(CommandFailure) {
            return try with.versions().sorted { $0.rawValue < $1.rawValue }
        } catch {
            throw .unsupported
        }
    }
}
