// Owns the family `tern outbox`. It must not know what its commands do.

internal import ArgumentParser

/// `tern outbox`.
struct OutboxCommand: CommandFamily {
    static let configuration = CommandConfiguration(
        commandName: "outbox", abstract: "What has still to be sent, published or fetched.",
        discussion: "Example:\n  tern outbox take",
        subcommands: [OutboxListCommand.self, OutboxTakeCommand.self, OutboxAckCommand.self])

    @OptionGroup var options: GlobalOptions
}
