// Owns `tern outbox ack`: a host says what it has done.

internal import ArgumentParser
internal import Tern
internal import TernCore

/// `tern outbox ack`.
struct OutboxAckCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "ack", abstract: "Remove what was done.",
        discussion: "The numbers are those of 'tern outbox list'.\n\nExample:\n  tern outbox ack 3.1 1.2")

    @Argument(help: ArgumentHelp("What was done.", valueName: "number"))
    var numbers: [String]

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        let waiting = try await Waiting(account)
        var keys: [RowKey] = []
        for number in numbers {
            guard let entry = waiting.entries.first(where: { $0.number == number }) else {
                throw CommandFailure(.usage, "nothing waits under the number \(number)", hint: "see 'tern outbox list'")
            }
            keys.append(entry.key)
        }
        do throws(SessionError) {
            try await account.remove(outstanding: keys)
        } catch {
            throw CommandFailure(error)
        }
        return .success
    }
}
