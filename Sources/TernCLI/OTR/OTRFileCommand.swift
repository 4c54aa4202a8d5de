// Owns `tern otr file`: a file under the extra key of a conversation. It must not know how pieces are sealed.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernCrypto
internal import TernInput
internal import TernJSON
internal import TernOTR
internal import TernStore

/// `tern otr file`.
struct OTRFileCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "file", abstract: "Encrypt a file under a conversation's extra key, or decrypt one.",
        discussion: """
            With --to FILE is encrypted, and the stanza is printed that announces its key; the ciphertext goes to the other \
            end by any way. With --from it is decrypted, after 'tern otr step' has read the announcement; the key is \
            forgotten once the plaintext is there, and after a day in any case. The plaintext gets its name when all of it was \
            authenticated.

            No other program reads these files: no specification says what to do with the extra key. Where both speak OMEMO, \
            'tern file' shares files that others read.

            Examples:
              tern otr file --to bob@example.org/home photo.jpg --output photo.otr
              tern otr file --from alice@example.org photo.otr --output photo.jpg
            """)

    @Option(
        help: ArgumentHelp("With whom there is a conversation.", valueName: "jid/resource"),
        transform: GlobalOptions.fullAddress)
    var to: JID?

    @Option(help: ArgumentHelp("Who encrypted the file.", valueName: "jid"), transform: GlobalOptions.address)
    var from: BareJID?

    @Option(help: ArgumentHelp("Where the result goes.", valueName: "file"), completion: .file())
    var output: String

    @Flag(help: "Replace a file that is there.")
    var force = false

    @Argument(help: ArgumentHelp("The file; - is standard input.", valueName: "file"), completion: .file())
    var file: String

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard (to == nil) != (from == nil) else { throw ValidationError("Either --to or --from has to be given") }
        guard output != "-" else { throw ValidationError("The result goes to a file") }
    }

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let sink = try NamelessFile(console.workplace.path(output), mayReplace: force, isPrivate: from != nil)
        let account = try await options.openAccount(in: console.workplace)
        if let to { return try await encrypt(to, sink, account, console) }
        guard let from else { return .internalError }
        return try await decrypt(from, sink, account, console)
    }

    private func encrypt(
        _ peer: JID, _ sink: NamelessFile, _ account: Account<AccountStore>, _ console: Console
    ) async throws(CommandFailure) -> ExitStatus {
        let input = try open(console)
        var entropy = SystemEntropy()
        let request = OTRRequest.extraKey(use: OTRFileKey.use, data: OTRFileKey.salt(from: &entropy))
        let report = try await OTRReport(request, with: peer, of: account)
        guard let extra = report.extraKeys.first else { throw CommandFailure(.internalError, "there is no extra key") }
        try OTRFileTransformation.encrypt(input, try key(extra), to: sink, console)
        try sink.keep()
        return try await report.tell(account, console)
    }

    private func decrypt(
        _ peer: BareJID, _ sink: NamelessFile, _ account: Account<AccountStore>, _ console: Console
    ) async throws(CommandFailure) -> ExitStatus {
        var input = try open(console)
        let name = input.name
        let head = try OTRFileTransformation.read(&input, OTRFileKey.headerLength)
        guard let salt = try? OTRFileKey.salt(of: head) else {
            throw CommandFailure(.unsupported, "\(name): this is no file of 'tern otr file'")
        }
        let kept: [KeptExtraKey]
        do throws(SessionError) { kept = try await account.otrExtraKeys(from: peer) } catch {
            throw CommandFailure(otr: error)
        }
        guard let found = kept.last(where: { $0.key.use == OTRFileKey.use && $0.key.data == salt }) else {
            throw CommandFailure(
                .missingMaterial, "\(name): \(peer) has announced no key for it, or it was read already",
                hint: "read the announcement first: tern otr step")
        }
        try OTRFileTransformation.decrypt(input, try key(found.key), to: sink, console)
        try sink.keep()
        found.print(console)
        try await console.whenDelivered { () throws(SessionError) in try await account.acknowledge(otr: [found.receipt])
        }
        return .success
    }

    private func key(_ extra: ExtraKey) throws(CommandFailure) -> OTRFileKey {
        do throws(SessionError) { return try OTRFileKey(extra) } catch { throw CommandFailure(otr: error) }
    }

    private func open(_ console: Console) throws(CommandFailure) -> InputStream {
        do throws(InputError) { return try console.workplace.open(file) } catch { throw CommandFailure(error) }
    }
}
