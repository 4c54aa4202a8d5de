// Owns `tern outbox list`. It changes nothing.

internal import ArgumentParser
internal import TernCore
internal import TernJSON

/// `tern outbox list`.
struct OutboxListCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List what waits.", discussion: "Example:\n  tern outbox list --json")

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        for entry in try await Waiting(account).entries {
            if console.json {
                console.print(.object(entry.object))
            } else {
                console.print("\(entry.number)  \(entry.kind)  \(safe(entry.subject))")
            }
        }
        return .success
    }
}

extension Waiting.Entry {
    /// The entry for programs.
    var object: JSONObject {
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "outbox"
        object["number"] = .string(number)
        object["kind"] = .string(kind)
        object["subject"] = .string(subject)
        object["stanzas"] = .array(stanzas.map { .string($0) })
        return object
    }
}
