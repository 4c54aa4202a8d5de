// Owns the family `tern contact`. It must not know what its commands do.

internal import ArgumentParser

/// `tern contact`.
struct ContactCommand: CommandFamily {
    static let configuration = CommandConfiguration(
        commandName: "contact", abstract: "Whom this account writes to, and whose keys it trusts.",
        discussion: "Example:\n  tern contact show bob@example.org",
        subcommands: [
            ContactAddCommand.self, ContactListCommand.self, ContactShowCommand.self, ContactTrustCommand.self,
            ContactDistrustCommand.self, ContactVerifyCommand.self, ContactPolicyCommand.self,
            ContactOptOutCommand.self,
            ContactForgetCommand.self,
        ])

    @OptionGroup var options: GlobalOptions
}
