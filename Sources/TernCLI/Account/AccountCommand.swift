// Owns the family `tern account`. It must not know what its commands do.

internal import ArgumentParser

/// `tern account`.
struct AccountCommand: CommandFamily {
    static let configuration = CommandConfiguration(
        commandName: "account", abstract: "Accounts: one address with one device.",
        discussion: "Example:\n  tern account create alice@example.org",
        subcommands: [
            AccountCreateCommand.self, AccountListCommand.self, AccountShowCommand.self, AccountExportCommand.self,
            AccountImportCommand.self, AccountDeleteCommand.self,
        ])

    @OptionGroup var options: GlobalOptions
}
