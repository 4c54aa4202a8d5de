// Owns `tern pgp setup`: from nothing to a key that others can encrypt to. It must not know how a key is made.

internal import ArgumentParser
internal import Glibc
internal import Tern
internal import TernCore
internal import TernJSON
internal import TernPGP

/// `tern pgp setup`.
struct PGPSetupCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup",
        abstract: "Make a key where there is none, and put what others need of it into the outbox.",
        discussion: """
            The key is Ed25519 and Curve25519 with the user id xmpp: and the account's address. It lies in the store, and \
            is sealed with it. With --gnupg-home a key in a GnuPG home of yours is used instead, where it stays: its agent \
            signs, and asks for its passphrase.

            Example:
              tern pgp setup
            """)

    @Option(
        help: ArgumentHelp("Use a key in this GnuPG home; --key says which.", valueName: "dir"), completion: .directory)
    var gnupgHome: String?

    @Option(help: ArgumentHelp("The key in the GnuPG home.", valueName: "fingerprint"))
    var key: String?

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard (gnupgHome == nil) == (key == nil) else {
            throw ValidationError("--gnupg-home and --key go together")
        }
        if let key { _ = try PGPSetupCommand.fingerprint(key) }
    }

    private static func fingerprint(_ text: String) throws -> Fingerprint {
        guard let fingerprint = try? Fingerprint(hex: text), fingerprint.bytes.count == 20 else {
            throw ValidationError("A key's fingerprint is 40 hexadecimal digits")
        }
        return fingerprint
    }

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        do throws(SessionError) {
            let before = try await account.pgpIdentity()
            let now = Timestamp.now
            let identity: PGPIdentity
            if let gnupgHome, let key, let fingerprint = try? PGPSetupCommand.fingerprint(key) {
                let path = console.workplace.path(gnupgHome)
                identity = try await account.usePGPIdentity(inHome: absolute(path), key: fingerprint, at: now)
            } else {
                identity = try await account.madePGPIdentity(at: now)
            }
            _ = try await account.announcePGP(at: now)
            let publications = try await account.pgpPublications(at: now)
            PGPIdentityReport(
                identity, of: account.jid, publishing: publications, isNew: before?.fingerprint != identity.fingerprint
            ).print(console)
        } catch .materialMissing {
            throw CommandFailure(.missingMaterial, "there is no such secret key in this GnuPG home")
        } catch {
            throw CommandFailure(pgp: error)
        }
        console.note("what others need is to be published: see 'tern outbox'")
        return .success
    }

    /// GnuPG takes a path that is not absolute for one in another folder.
    private func absolute(_ path: String) -> String {
        guard let resolved = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }
}
