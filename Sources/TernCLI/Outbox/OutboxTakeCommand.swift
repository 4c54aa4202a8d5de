// Owns `tern outbox take`: stanzas out, and out of the store once they are printed.

internal import ArgumentParser
internal import TernJSON

/// `tern outbox take`.
struct OutboxTakeCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "take", abstract: "Print the stanzas that wait, one a line, and remove them.",
        discussion: """
            They are removed after they were printed: after a crash in between they are printed again, and sending them \
            twice does no harm. Whether whoever reads them has sent them is not known here: a program that may fail takes \
            them from 'tern outbox list' and confirms each with 'tern outbox ack'.

            Example:
              tern outbox take > to-be-sent.xml
            """)

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        let waiting = try await Waiting(account)
        for entry in waiting.entries {
            if console.json {
                console.print(.object(entry.object))
            } else {
                for stanza in entry.stanzas { console.print(verbatim: stanza) }
            }
        }
        try await waiting.done(account, console)
        return .success
    }
}
