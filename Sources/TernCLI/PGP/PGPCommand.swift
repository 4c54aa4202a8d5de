// Owns the family `tern pgp`. It must not know what its commands do.

internal import ArgumentParser

/// `tern pgp`.
struct PGPCommand: CommandFamily {
    static let configuration = CommandConfiguration(
        commandName: "pgp", abstract: "This account's OpenPGP key, for OX and for the older XEP-0027.",
        discussion: """
            'tern pgp setup' does all in one: it makes a key where there is none and puts what others need of it into the \
            outbox. Then 'tern encrypt --with ox' writes, and 'tern decrypt' reads by itself.

            Example:
              tern pgp setup && tern outbox take
            """,
        subcommands: [
            PGPSetupCommand.self, PGPKeyCommand.self, PGPAnnounceCommand.self, PGPSignCommand.self,
            PGPVerifyCommand.self, PGPBackupCommand.self, PGPRestoreCommand.self,
        ])

    @OptionGroup var options: GlobalOptions
}
