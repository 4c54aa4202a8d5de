// Owns `tern pgp announce`.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernPGP

/// `tern pgp announce`.
struct PGPAnnounceCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "announce", abstract: "Put this account's certificate and list of keys into the outbox again.",
        discussion: """
            The certificate comes first, and then the list of keys, in which those of the account's other programs stay that \
            are known: import what the account announces before, where there are such. 'tern bundle show --with ox' prints \
            the same.

            Example:
              tern pgp announce && tern outbox take
            """)

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        guard let identity = try await pgp({ () throws(SessionError) in try await account.pgpIdentity() }) else {
            throw CommandFailure(noKeyOf: account.jid)
        }
        let publications = try await pgp { () throws(SessionError) in
            let now = Timestamp.now
            _ = try await account.announcePGP(at: now)
            return try await account.pgpPublications(at: now)
        }
        PGPIdentityReport(identity, of: account.jid, publishing: publications).print(console)
        console.note("it is to be published: see 'tern outbox'")
        return .success
    }
}
