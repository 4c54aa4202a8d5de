// Owns `tern account import`. It must not know how a file is sealed, nor what is in a row.

internal import ArgumentParser
internal import Tern
internal import TernArchive
internal import TernCore
internal import TernCrypto
internal import TernJSON
internal import TernOMEMO
internal import TernStore

/// `tern account import`.
struct AccountImportCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Take an account out of a file: of 'tern account export', or of another program.",
        discussion: """
            All of it or nothing is taken. Nothing is encrypted on the sessions of a file, since a second copy of it could do the \
            same with the same keys: what comes on them is read, and the first message to each device begins a new one, for \
            which its bundle has to be fetched. The bundles in 'tern outbox' have to be published.

            Of python-omemo it is the JSON of its storage; of Gajim omemo_….db, of Dino omemo.db (and dino.db beside it, which \
            says whose it is), of profanity the folder with identity.txt. The programs have to be ended, and must not use that \
            device again. Their identity key, prekeys, lists and trust are taken, and no sessions.

            Examples:
              tern account import alice.account
              tern account import --format gajim --account you@example.org omemo_you.db
            """)

    @Flag(help: "Replace the account of the same address that the store has.")
    var replace = false

    @Flag(help: "Do it without asking.")
    var yes = false

    @Flag(help: "Ask for a passphrase to seal a new store with.")
    var sealed = false

    @Option(
        help: ArgumentHelp(
            "What wrote it: tern, or a program whose device goes on here: python-omemo, gajim, dino, profanity.",
            valueName: "format"))
    var format = AccountFormat.tern

    @OptionGroup var passphrase: FilePassphrase

    @Argument(help: ArgumentHelp("The file.", valueName: "file"), completion: .file())
    var file: String

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard !file.isEmpty, file != "-" else { throw ValidationError("An account is read from a file") }
    }

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        switch format {
        case .tern: try await takeFile(console)
        case .pythonOMEMO, .gajim, .dino, .profanity: try await takeOver(console)
        }
    }

    private func takeFile(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let workplace = console.workplace
        let input = try AccountFile(workplace.path(file))
        let header = try reading(input) { source throws(ArchiveError) in try ArchiveHeader(from: source) }
        let secret = try passphrase.read(isNew: false, options, in: workplace)
        let key = try reading(input) { _ throws(ArchiveError) in try header.key(secret.span) }
        let account = try reading(input) { source throws(ArchiveError) in
            var reader = try ArchiveReader(header, key.duplicate(), from: source)
            let account = try reader.account()
            try reader.checkRest()
            return account
        }
        let path = try options.storeFolder(in: workplace)
        let store = try options.openOrCreateStore(asking: sealed, in: workplace)
        let isReplacing = try mayReplace(account.jid, account.file, in: store, workplace)
        try input.rewind()
        try take(account, header, key, input, into: store, at: path, isReplacing)
        try await report(account.jid, in: store, console)
        console.note("hint: sessions begin anew: the first message to each device needs its bundle")
        if account.provenance == .copy {
            console.note("hint: do not use the account in the store that the file is a copy of any more")
        }
        return .success
    }

    /// Shows the account that was taken.
    func report(_ jid: BareJID, in store: StoreFile, _ console: Console) async throws(CommandFailure) {
        console.workplace.held?.forget(jid)
        let taken = try options.openAccount(jid, in: store, console.workplace)
        var summary = AccountSummary(taken, isSealed: store.isSealed)
        try await summary.addWaiting(of: taken)
        if console.json { console.print(.object(summary.object)) } else { summary.print(console) }
    }

    private func reading<Result: ~Copyable>(
        _ input: AccountFile,
        _ body: (@escaping (Int) throws(ArchiveError) -> [UInt8]) throws(ArchiveError) -> Result
    ) throws(CommandFailure) -> Result {
        do throws(ArchiveError) {
            return try body { count throws(ArchiveError) in try input.read(count) }
        } catch {
            throw input.failure(error)
        }
    }

    /// Whether there is an account that goes.
    /// - Throws: `usage` where it is not to go, `duplicate` where it came out of this very file.
    func mayReplace(
        _ jid: BareJID, _ name: [UInt8], in store: StoreFile, _ workplace: Workplace
    ) throws(CommandFailure) -> Bool {
        guard try options.accounts(in: store, workplace).contains(where: { $0.jid == jid }) else { return false }
        let passages = Passages(of: jid, in: store)
        guard passages.arrival?.file != name else {
            throw CommandFailure(
                .duplicate, "\(file): this file was imported into this store before",
                hint: "what it has is older than what the store has")
        }
        // what left in this file comes back: nothing is lost
        if passages.departure?.file == name { return true }
        let warning = "this replaces \(jid) in the store: its keys and sessions there are lost"
        guard replace else {
            throw CommandFailure(
                .usage, "the store has an account \(jid) already",
                hint: "--replace puts the one of the file in its place")
        }
        if yes { return true }
        try Confirmation.require(
            warning, otherwise: "nothing is imported", mayAsk: !options.noInput && workplace.held == nil)
        return true
    }

    /// In one change of the store.
    private func take(
        _ account: ArchivedAccount, _ header: ArchiveHeader, _ key: borrowing ArchiveKey, _ input: AccountFile,
        into store: StoreFile, at path: String, _ isReplacing: Bool
    ) throws(CommandFailure) {
        let now = Timestamp.now
        do throws(TransactionError<CommandFailure>) {
            try store.create(account: account.jid, replacing: isReplacing, at: now) {
                transaction throws(CommandFailure) in
                do throws(ArchiveError) {
                    let source = { (count: Int) throws(ArchiveError) -> [UInt8] in try input.read(count) }
                    guard try ArchiveHeader(from: source) == header else { throw .unauthentic }
                    var reader = try ArchiveReader(header, key.duplicate(), from: source)
                    guard try reader.account() == account else { throw .unauthentic }
                    try reader.restore(in: &transaction)
                } catch {
                    throw input.failure(error)
                }
                do throws(SessionError) {
                    _ = try OMEMOMachine.arrive(
                        account.jid, Passage(account.file, at: now), from: account.provenance, in: &transaction)
                } catch .store(.damaged) {
                    throw input.failure(.malformed)
                } catch .store(.newer) {
                    throw input.failure(.newer(version: ArchiveHeader.format))
                } catch {
                    throw CommandFailure(error)
                }
            }
        } catch {
            switch error {
            case .refused(let failure): throw failure
            case .store(let error): throw CommandFailure(error, store: path)
            }
        }
    }
}

/// The moves of an account that a store has.
private struct Passages {
    var arrival: Passage?
    var departure: Passage?

    /// What cannot be read is as good as nothing: it may be why the account is replaced.
    init(of jid: BareJID, in store: StoreFile) {
        guard let rows = try? store.account(jid) else { return }
        let passages = try? rows.write { transaction throws(SessionError) in
            (
                arrival: try OMEMOMachine.arrival(in: transaction),
                departure: try OMEMOMachine.departure(in: transaction)
            )
        }
        arrival = passages?.arrival
        departure = passages?.departure
    }
}
