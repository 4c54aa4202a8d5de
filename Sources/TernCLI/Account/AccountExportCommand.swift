// Owns `tern account export`. It must not know how a file is sealed, nor what is in a row.

internal import ArgumentParser
internal import Tern
internal import TernArchive
internal import TernCore
internal import TernCrypto
internal import TernJSON
internal import TernOMEMO
internal import TernStore

/// `tern account export`.
struct AccountExportCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write an account to a file that a passphrase seals.",
        discussion: """
            The file has all of the account: keys, sessions, contacts, trust, and what waits. 'tern account import' reads it. \
            With --move the account is not used here any more once the file is there; without it, the file is a copy for a \
            bad day. Two stores must not use one account at a time: messages would reach one of them alone.

            Example:
              tern account export alice@example.org --output alice.account --move
            """)

    @Option(help: ArgumentHelp("The file to write.", valueName: "file"), completion: .file())
    var output: String

    @Flag(help: "End the account's use in this store: it goes on where the file is imported.")
    var move = false

    @Flag(help: "Replace a file that is there.")
    var force = false

    @Flag(help: "Do it without asking.")
    var yes = false

    @OptionGroup var passphrase: FilePassphrase

    @Argument(help: ArgumentHelp("The account's address.", valueName: "jid"), transform: GlobalOptions.address)
    var jid: BareJID

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard !output.isEmpty, output != "-" else { throw ValidationError("An account is written to a file") }
    }

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let workplace = console.workplace
        let file = try options.openStore(in: workplace)
        guard try options.accounts(in: file, workplace).contains(where: { $0.jid == jid }) else {
            throw CommandFailure(.usage, "the store has no account \(jid)", hint: "see 'tern account list'")
        }
        let path = workplace.path(output)
        guard force || !DraftFile.isThere(path) else {
            throw CommandFailure(.usage, "\(path): there is a file already", hint: "--force replaces it")
        }
        if move, !yes { try confirm(workplace) }
        let secret = try passphrase.read(isNew: true, options, in: workplace)
        var entropy = SystemEntropy()
        let account = ArchivedAccount(
            jid, file: entropy.bytes(Passage.fileLength), from: move ? .move : .copy, made: Timestamp.now)
        try write(account, from: file, to: path, secret, workplace)
        if console.json {
            console.print(.object(object(account, path)))
        } else {
            console.note("\(jid) is in \(path)")
        }
        if move {
            console.note("hint: import it where it is to be used, and then delete it here: tern account delete \(jid)")
        }
        return .success
    }

    private func confirm(_ workplace: Workplace) throws(CommandFailure) {
        try Confirmation.require(
            "after this \(jid) is not used in this store any more", otherwise: "nothing is exported",
            mayAsk: !options.noInput && workplace.held == nil)
    }

    /// The file is durable before the account's use ends. Where the process dies in between, there is a file and the account
    /// goes on: that does no harm, since nothing of a file is used that the store may use.
    private func write(
        _ account: ArchivedAccount, from file: StoreFile, to path: String, _ secret: borrowing SecretBytes,
        _ workplace: Workplace
    ) throws(CommandFailure) {
        let store = try options.storeFolder(in: workplace)
        let rows: AccountStore
        do throws(StoreError) { rows = try file.account(jid) } catch { throw CommandFailure(error, store: store) }
        let draft = try DraftFile(path)
        do throws(TransactionError<CommandFailure>) {
            try rows.write { transaction throws(CommandFailure) in
                try fill(draft, account, secret, from: transaction, at: path)
                try draft.finish(replacing: force)
                guard move else { return }
                do throws(SessionError) {
                    try OMEMOMachine.depart(Passage(account.file, at: account.made), in: &transaction)
                } catch {
                    throw CommandFailure(error)
                }
            }
        } catch {
            switch error {
            case .refused(let failure): throw failure
            case .store(let error): throw CommandFailure(error, store: store)
            }
        }
    }

    private func fill(
        _ draft: DraftFile, _ account: ArchivedAccount, _ secret: borrowing SecretBytes,
        from transaction: borrowing AccountStore.Transaction, at path: String
    ) throws(CommandFailure) {
        var failure: CommandFailure?
        var entropy = SystemEntropy()
        do throws(ArchiveError) {
            try ArchiveWriter.write(
                account, transaction, without: OMEMOMachine.storeRows, passphrase: secret.span, entropy: &entropy
            ) { bytes throws(ArchiveError) in
                do throws(CommandFailure) {
                    try draft.write(bytes)
                } catch {
                    failure = error
                    throw .stream
                }
            }
        } catch {
            throw failure ?? CommandFailure(error, file: path)
        }
    }

    /// For programs.
    private func object(_ account: ArchivedAccount, _ path: String) -> JSONObject {
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "exported"
        object["jid"] = .string(jid.description)
        object["file"] = .string(path)
        object["moved"] = .boolean(move)
        object["made"] = .string(account.made.xmpp)
        return object
    }
}
