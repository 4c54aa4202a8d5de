// Owns `tern pgp key`: the account's own key shown, given and replaced, and others' keys that came by another way.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernCrypto
internal import TernJSON
internal import TernPGP
internal import TernStore

/// `tern pgp key`.
struct PGPKeyCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Show this account's key; give it, replace it, or take somebody's.",
        discussion: """
            --export prints the certificate, as others need it. --import takes a secret key that another program has \
            exported, in the place of this account's; where it has a passphrase, the options for the file's passphrase \
            give it. --add takes the certificate of --of, as XEP-0027 needs it, where keys come by another way; with OX it \
            counts where it has their address as a user id.

            Example:
              tern pgp key --export > alice.asc
              tern pgp key --of bob@example.org --add bob.asc
            """)

    @Flag(help: "Print the certificate.")
    var export = false

    @Option(
        name: .customLong("import"), help: ArgumentHelp("Take a secret key; - is standard input.", valueName: "file"),
        completion: .file())
    var secretKey: String?

    @Option(
        help: ArgumentHelp("Take somebody's certificate; - is standard input.", valueName: "file"), completion: .file())
    var add: String?

    @Option(help: ArgumentHelp("Whose it is.", valueName: "jid"), transform: GlobalOptions.address)
    var of: BareJID?

    @OptionGroup var passphrase: FilePassphrase

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard [export, secretKey != nil, add != nil].filter({ $0 }).count <= 1 else {
            throw ValidationError("Only one of --export, --import and --add can be given")
        }
        guard (add == nil) == (of == nil) else { throw ValidationError("--add and --of go together") }
    }

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        if let add, let of {
            try await take(add, of: of, account, console)
        } else if let secretKey {
            try await replace(secretKey, account, console)
        } else {
            guard let identity = try await pgp({ () throws(SessionError) in try await account.pgpIdentity() }) else {
                throw CommandFailure(noKeyOf: account.jid)
            }
            if export { give(identity, console) } else { PGPIdentityReport(identity, of: account.jid).print(console) }
        }
        return .success
    }

    private func give(_ identity: PGPIdentity, _ console: Console) {
        let text = Armor.block(identity.certificate.bytes, .publicKey)
        guard console.json else { return console.print(verbatim: text) }
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "pgpCertificate"
        object["fingerprint"] = .string(identity.fingerprint.hex)
        object["armor"] = .string(text)
        console.print(.object(object))
    }

    private func replace(
        _ file: String, _ account: Account<AccountStore>, _ console: Console
    ) async throws(CommandFailure) {
        let bytes = try PGPInput.bytes(file, in: console.workplace)
        let hasPassphrase = passphrase.filePassphraseFd != nil || passphrase.filePassphraseFile != nil
        let given = hasPassphrase ? try passphrase.read(isNew: false, options, in: console.workplace) : nil
        let identity: PGPIdentity
        do throws(SessionError) {
            identity = try await account.takePGPIdentity(
                SecretBytes(copying: bytes), passphrase: given, at: Timestamp.now)
        } catch .malformed {
            throw CommandFailure(.malformed, "this is no secret key of OpenPGP")
        } catch .notForThisDevice where !hasPassphrase {
            throw CommandFailure(
                .wrongPassphrase, "this key has a passphrase",
                hint: "give it with --file-passphrase-file or --file-passphrase-fd")
        } catch {
            throw CommandFailure(pgp: error)
        }
        PGPIdentityReport(identity, of: account.jid, isNew: true).print(console)
        console.note("announce it: tern pgp announce")
    }

    private func take(
        _ file: String, of jid: BareJID, _ account: Account<AccountStore>, _ console: Console
    ) async throws(CommandFailure) {
        let bytes = try PGPInput.bytes(file, in: console.workplace)
        let result = try await pgp { () throws(SessionError) in
            try await account.learn(pgpCertificate: bytes, of: jid, at: Timestamp.now)
        }
        switch result {
        case .failure(let refusal): throw CommandFailure(refusing: refusal, file)
        case .success(let events):
            for event in events { console.note(event) }
            _ = try await PGPKeyReport.show(jid, account, console)
        }
    }
}
