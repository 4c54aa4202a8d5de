// Owns `tern account create`. It must not know what a device is made of.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernJSON
internal import TernOMEMO
internal import TernStore

/// `tern account create`.
struct AccountCreateCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make an account, and a store where there is none.",
        discussion: """
            A new store is sealed where a passphrase or key is given, or with --sealed, which asks for one. What has to be \
            published waits in 'tern outbox'; 'tern bundle show' prints it for other programs.

            Example:
              tern account create alice@example.org --key-file secret.key
            """)

    @Option(help: ArgumentHelp("The number of its device; random without it.", valueName: "n"))
    var device: UInt32?

    @Flag(help: "Ask for a passphrase to seal a new store with.")
    var sealed = false

    @Argument(help: ArgumentHelp("The account's address.", valueName: "jid"), transform: GlobalOptions.address)
    var jid: BareJID

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard jid.local != nil else { throw ValidationError("An account is an address like you@example.org") }
        if let device, (try? DeviceID(device)) == nil {
            throw ValidationError("A device's number is from 1 to 2147483647")
        }
    }

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let path = try options.storeFolder(in: console.workplace)
        let file = try options.openOrCreateStore(asking: sealed, in: console.workplace)
        let now = Timestamp.now
        let id = device.flatMap { try? DeviceID($0) }
        try make(id, in: file, at: path, now)
        let account = try options.openAccount(jid, in: file, console.workplace)
        var summary = AccountSummary(account, isSealed: file.isSealed)
        summary.addPublications(of: account)
        if console.json { console.print(.object(summary.object)) } else { summary.print(console) }
        if !file.isSealed {
            console.note("hint: the store is not sealed: whoever can read \(path) can read its keys")
            console.note("hint: to seal one, make it with --key-file, --passphrase-file or --sealed")
        }
        return .success
    }

    /// The account and all its keys, or neither.
    private func make(
        _ device: DeviceID?, in file: StoreFile, at path: String, _ now: Timestamp
    ) throws(CommandFailure) {
        let failure: TransactionError<SessionError>
        do throws(TransactionError<SessionError>) {
            return try file.create(account: jid, at: now) { transaction throws(SessionError) in
                _ = try OMEMOMachine.create(jid, device: device, at: now, in: &transaction)
            }
        } catch {
            failure = error
        }
        switch failure {
        case .refused(let error): throw CommandFailure(error)
        case .store(let error): throw CommandFailure(error, store: path)
        }
    }
}
