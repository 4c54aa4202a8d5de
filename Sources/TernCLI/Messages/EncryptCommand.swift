// Owns `tern encrypt`: plaintext in, stanzas out. It must not know how anything is encrypted.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernCrypto
internal import TernInput
internal import TernJSON
internal import TernOMEMO
internal import TernOTR
internal import TernStore

/// `tern encrypt`.
struct EncryptCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "encrypt", abstract: "Encrypt a message for every device of its recipients.",
        discussion: """
            Takes the plaintext from FILE or standard input and prints one <message> for each recipient, or one for a \
            room: for its members as 'tern room' knows them, or those that --to names. Each holds the keys for all of them: \
            who is not to know of the others gets a message by a call of its own. Where device lists or bundles are missing, nothing is encrypted: they are \
            named, and the exit code is 5. Own other devices are recipients by themselves.

            With --json-lines every line is an object with "to", "text" and perhaps "room", "with", "partial" and "id", \
            and the exit code is that of the first line that failed.

            With --with otr a conversation has to be there, as 'tern otr query' begins it. With --with ox a message is \
            signed and encrypted to every key that its recipients announce, once 'tern pgp setup' has made this account's; \
            --with pgp is the older XEP-0027, which authenticates nothing.

            Example:
              echo Hello | tern encrypt --to bob@example.org
            """)

    @Option(
        help: ArgumentHelp("An account to encrypt for; with OTR one program of it.", valueName: "jid"),
        transform: GlobalOptions.recipient)
    var to: [JID] = []

    @Option(
        help: ArgumentHelp("The room that it is said in.", valueName: "jid"), transform: GlobalOptions.address)
    var room: BareJID?

    @Option(help: ArgumentHelp("The scheme.", valueName: "scheme"))
    var with = SchemeChoice.omemo

    @Flag(help: "Leave devices out whose keys are missing, instead of naming them.")
    var partial = false

    @Option(help: ArgumentHelp("The stanza's id; random without it.", valueName: "id"))
    var id: String?

    @Flag(help: "Take and give one message a line.")
    var jsonLines = false

    @Argument(help: ArgumentHelp("The plaintext; - is standard input.", valueName: "file"), completion: .file())
    var file: String?

    @OptionGroup var options: GlobalOptions

    /// As much as servers let through in a stanza, counted as XML writes it.
    static let limit = 1 << 18

    func validate() throws {
        guard jsonLines || !to.isEmpty || room != nil else {
            throw ValidationError("Missing expected argument '--to <jid>'")
        }
        if with == .otr { return try validateOTR() }
        guard to.allSatisfy({ $0.resource == nil }) else {
            throw ValidationError("--to takes an address like you@example.org: its devices are found by their keys")
        }
        guard id != "" else { throw ValidationError("A stanza's id is not empty") }
        guard !partial || with.openPGP == nil else {
            throw ValidationError("Only OMEMO has --partial: OpenPGP encrypts to all keys or to none")
        }
    }

    private func validateOTR() throws {
        guard !jsonLines else { throw ValidationError("--json-lines is not for OTR: see tern otr pipe") }
        guard to.count == 1, to[0].resource != nil, room == nil, id == nil, !partial else {
            throw ValidationError("With OTR --to names one program, like bob@example.org/home, and nothing else")
        }
    }

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        if with == .otr {
            let text = try text(console.workplace)
            let account = try await options.openAccount(in: console.workplace)
            return try await OTRReport(.say(text), with: to[0], of: account).tell(account, console)
        }
        guard !jsonLines else { return try await encryptLines(console) }
        let request = try EncryptRequest(
            Draft(
                try EncryptRequest.content(try text(console.workplace)), to: to.map(\.bare), room: room,
                versions: try with.versions(),
                isPartial: partial), as: with.openPGP, id: id)
        let account = try await options.openAccount(in: console.workplace)
        guard let report = try await encrypt([request], account, console).first else { return .internalError }
        report.print(console)
        return report.status
    }

    private func text(_ workplace: Workplace) throws(CommandFailure) -> String {
        let bytes: [UInt8]
        do throws(InputError) {
            bytes = try workplace.open(file).readAll(limit: EncryptCommand.limit)
        } catch {
            throw CommandFailure(error)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure(.malformed, "the plaintext is not UTF-8")
        }
        return text
    }

    private func encryptLines(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        var lines = try JSONLineBatches(file, console.workplace)
        var worst = ExitStatus.success
        let progress = ProgressBar(console, task: "encrypting", total: nil)
        defer { progress.finish() }
        while let batch = try lines.next() {
            try console.pause()
            var requests: [EncryptRequest] = []
            var refusals: [Int: CommandFailure] = [:]
            for (place, line) in batch.enumerated() {
                do throws(CommandFailure) {
                    requests.append(try EncryptRequest(try line.object(), self))
                } catch {
                    refusals[place] = error
                }
            }
            var sealed = try await encrypt(requests, account, console)[...]
            var reports: [(line: Int, report: EncryptReport)] = []
            for (place, line) in batch.enumerated() {
                let failure = refusals[place]
                guard let report = failure.map({ EncryptReport(failure: $0) }) ?? sealed.popFirst() else { continue }
                reports.append((line.number, report))
                if worst == .success { worst = report.status }
            }
            let texts = Workers.processors.map(reports) { JSONValue.object($1.object(line: $0)).text + "\n" }
            console.print(Array(texts.joined().utf8))
            progress.advance(by: batch.count)
        }
        return worst
    }

    private func encrypt(
        _ requests: [EncryptRequest], _ account: Account<AccountStore>, _ console: Console
    ) async throws(CommandFailure) -> [EncryptReport] {
        let places = requests.indices.filter { requests[$0].openPGP != nil }
        guard !places.isEmpty else { return try await encryptOMEMO(requests, account, console) }
        var others = try await encryptOMEMO(requests.filter { $0.openPGP == nil }, account, console)[...]
        var sealed = try await PGPEncrypting(account, console).encrypt(places.map { requests[$0] })[...]
        return requests.compactMap { $0.openPGP == nil ? others.popFirst() : sealed.popFirst() }
    }

    private func encryptOMEMO(
        _ requests: [EncryptRequest], _ account: Account<AccountStore>, _ console: Console
    ) async throws(CommandFailure) -> [EncryptReport] {
        guard !requests.isEmpty else { return [] }
        let results: [Result<Encryption, SessionError>]
        let switchboard = console.workplace.held?.switchboard
        do throws(SessionError) {
            let drafts = requests.map(\.draft)
            if let network = switchboard?.network(of: account.jid) {
                results = try await account.encrypt(drafts, over: network, at: Timestamp.now)
            } else {
                results = try await account.encrypt(drafts, at: Timestamp.now)
            }
        } catch {
            throw CommandFailure(error)
        }
        // Who has taken the call back is told so, where nothing was encrypted.
        if !results.contains(where: \.isSealed) { try console.pause() }
        for case .success(.missing(let nodes)) in results { switchboard?.tell(needs: nodes, of: account.jid) }
        return Workers.processors.map(Array(zip(requests, results))) { EncryptReport($0, $1) }
    }
}

extension Result<Encryption, SessionError> {
    fileprivate var isSealed: Bool {
        if case .success(.sealed) = self { true } else { false }
    }
}
