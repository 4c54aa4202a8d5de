// Owns `tern pgp restore`: the key of a backup becomes this account's.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernCrypto
internal import TernInput
internal import TernJSON
internal import TernPGP

/// `tern pgp restore`.
struct PGPRestoreCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Take the secret key of a backup in the place of this account's.",
        discussion: """
            Takes the item of the node urn:xmpp:openpgp:0:secret-key from FILE or standard input, with what servers put \
            around it, or the encrypted key itself. The code is asked for on the terminal, or read from --code-file or \
            --code-fd; small letters and missing dashes do not matter.

            Example:
              tern pgp restore --code-file code backup.xml
            """)

    @Option(
        help: ArgumentHelp("Read the code from a file, its first line.", valueName: "file"), completion: .file())
    var codeFile: String?

    @Option(help: ArgumentHelp("Read the code from a descriptor, its first line.", valueName: "n"))
    var codeFd: Int32?

    @Argument(help: ArgumentHelp("The backup; - is standard input.", valueName: "file"), completion: .file())
    var file: String?

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard codeFile == nil || codeFd == nil else {
            throw ValidationError("Only one of --code-file and --code-fd can be given")
        }
        guard (codeFd ?? 0) >= 0 else { throw ValidationError("--code-fd takes the number of a descriptor") }
    }

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let code = try code(console.workplace)
        let bytes: [UInt8]
        do throws(InputError) { bytes = try console.workplace.open(file).readAll(limit: PGPInput.limit) } catch {
            throw CommandFailure(error)
        }
        let account = try await options.openAccount(in: console.workplace)
        let backup: [UInt8]
        if let element = PGPInput.element(bytes) {
            backup = try await pgp { () throws(SessionError) in try SecretKeyItem.bytes(in: element) }
        } else {
            backup = try PGPInput.unarmored(bytes)
        }
        let identity: PGPIdentity
        do throws(SessionError) {
            identity = try await account.restorePGPIdentity(backup, with: code, at: Timestamp.now)
        } catch {
            throw CommandFailure(pgp: error)
        }
        PGPIdentityReport(identity, of: account.jid, isNew: true).print(console)
        console.note("announce it: tern pgp announce")
        return .success
    }

    private func code(_ workplace: Workplace) throws(CommandFailure) -> BackupCode {
        let given = try SecretSource.given(
            "code", file: codeFile, descriptor: codeFd, hint: "give --code-file or --code-fd 0", in: workplace)
        guard given != nil || !options.noInput else {
            throw CommandFailure(
                .usage, "the code is needed, and --no-input forbids to ask for it", hint: "give --code-file")
        }
        let typed: SecretBytes
        if let given { typed = given } else { typed = try SecretPrompt().ask("code") }
        do throws(SessionError) {
            return try BackupCode(typed: typed)
        } catch {
            throw CommandFailure(
                .usage,
                "a code has 24 characters, 1 to 9 and A to Z without O, in groups of four with dashes between them")
        }
    }
}
