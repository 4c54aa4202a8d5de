// Owns `tern decrypt`: stanzas in, plaintext out. It must not know how anything is decrypted.

internal import ArgumentParser
internal import Tern
internal import TernCore
internal import TernInput
internal import TernJSON
internal import TernOMEMO
internal import TernOTR
internal import TernStore

/// `tern decrypt`.
struct DecryptCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "decrypt", abstract: "Decrypt a message.",
        discussion: """
            Takes a <message> from FILE or standard input, or a bare <encrypted> with --from, and prints its plaintext. \
            The plaintext is kept until it is printed: the same stanza gives it again after a crash. What else follows, an \
            answer to send or a bundle to publish, waits in 'tern outbox'.

            A <message> to this program in OTR is read as by 'tern otr step'. One in OX (XEP-0373) is printed where it has exactly \
            one signature, good and by an accepted key of its sender, and was meant for this account. XEP-0027 authenticates \
            nothing: its messages are refused with exit code 3, unless --allow-unauthenticated says otherwise.

            In a room the server says whose occupant wrote a message, where it does not hide that: that account is --from. \
            Without it the account is found whose device's session opens the message. What this account wrote there itself \
            is given back for a day, since nobody can decrypt what they encrypted.

            With --json-lines every line is an object with "stanza" and perhaps "from", "room" and "archive", and the exit \
            code is that of the first line that failed.

            Example:
              tern decrypt --from bob@example.org message.xml
            """)

    @Option(
        help: ArgumentHelp("Who sent it. A stanza that names somebody else is refused.", valueName: "jid"),
        transform: GlobalOptions.address)
    var from: BareJID?

    @Option(
        help: ArgumentHelp(
            "The room that it came through; --from is the member's account, where it is known.", valueName: "jid"),
        transform: GlobalOptions.address)
    var room: BareJID?

    @Flag(help: "It comes from an archive.")
    var archive = false

    @Flag(help: "Print messages of XEP-0027, which anybody may have written.")
    var allowUnauthenticated = false

    @Flag(help: "Take and give one message a line.")
    var jsonLines = false

    @Option(
        help: ArgumentHelp("Write what has to be sent or published into this folder.", valueName: "dir"),
        completion: .directory)
    var outbox: String?

    @Argument(help: ArgumentHelp("The stanza; - is standard input.", valueName: "file"), completion: .file())
    var file: String?

    @OptionGroup var options: GlobalOptions

    /// Four times what servers let through: the longest text of `tern encrypt`, in both versions, for a thousand devices.
    private static let limit = 1 << 20

    private var delivery: Delivery { Delivery(from: from, room: room, isArchived: archive) }

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        guard !jsonLines else { return try await decryptLines(console) }
        let stanza: [UInt8]
        do throws(InputError) {
            stanza = try console.workplace.open(file).readAll(limit: DecryptCommand.limit)
        } catch {
            throw CommandFailure(error)
        }
        let account = try await options.openAccount(in: console.workplace)
        let element = try DecryptRequest.element(stanza)
        if let message = OTRMessage(recognising: element, delivery) {
            return try await OTRReport(.receive(message.incoming(account.jid)), with: message.sender, of: account)
                .tell(account, console, folder: outbox, isReading: true)
        }
        let request = try DecryptRequest(element, delivery, own: account.jid)
        if request.openPGP != nil {
            let reading = PGPDecrypting(account, console, allowsUnauthenticated: allowUnauthenticated)
            return try await reading.decrypt(request)
        }
        // Where a caller is the network, it does what there is to do.
        let hasNetwork = console.workplace.held?.switchboard.network(of: account.jid) != nil
        let (results, followed) = try await decrypt([request], account)
        guard let result = results.first else { return .internalError }
        let decryption: Decryption
        switch result {
        case .success(let value): decryption = value
        case .failure(let error): throw CommandFailure(decrypting: error, try await keyChange(error, request, account))
        }
        for event in decryption.events { console.note(event) }
        let report = DecryptReport(decryption)
        if console.json {
            // The caller is told what this call gave rise to; what waited before goes on waiting.
            let waiting = hasNetwork || followed.isEmpty ? Waiting() : try await Waiting(account, followed)
            var object = report.object(line: nil)
            waiting.add(to: &object)
            console.print(.object(object))
            if outbox == nil { try await waiting.done(account, console) }
        } else {
            if decryption.plaintext == nil, !decryption.events.contains(where: \.isAboutTrust) {
                console.note("an empty message: it says nothing")
            }
            console.print(report.text(forTerminal: console.isTerminal))
            if report.hasMore {
                // it stays where it is until somebody has seen all of it
                console.note("hint: there is more in this message than its text: decrypt it again with --json")
                return .success
            }
        }
        try await settle([decryption], account, console)
        return .success
    }

    private func decryptLines(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let account = try await options.openAccount(in: console.workplace)
        var lines = try JSONLineBatches(file, console.workplace)
        var worst = ExitStatus.success
        let progress = ProgressBar(console, task: "decrypting", total: nil)
        defer { progress.finish() }
        // Of old messages several may have begun with one prekey: it is kept until all have come.
        if archive { try await catchUp(account, isOver: false) }
        while let batch = try lines.next() {
            try console.pause()
            var taken: [Int: DecryptRequest] = [:]
            var refusals: [Int: CommandFailure] = [:]
            let read = Workers.processors.map(batch) { [delivery, jid = account.jid] line in
                Result { () throws(CommandFailure) in try DecryptRequest(try line.object(), delivery, own: jid) }
            }
            for (place, result) in read.enumerated() {
                switch result {
                case .success(let request): taken[place] = request
                case .failure(let error): refusals[place] = error
                }
            }
            let requests = batch.indices.compactMap { taken[$0] }
            let results = try await decrypt(requests.filter { $0.openPGP == nil }, account).results
            var rest = results[...]
            var opened = try await PGPDecrypting(account, console, allowsUnauthenticated: allowUnauthenticated)
                .decrypt(requests.filter { $0.openPGP != nil })[...]
            var outcomes: [(line: Int, result: Result<any ReadReport, CommandFailure>)] = []
            for (place, line) in batch.enumerated() {
                let result: Result<any ReadReport, CommandFailure>
                if let refusal = refusals[place] {
                    result = .failure(refusal)
                } else if taken[place]?.openPGP != nil {
                    guard let next = opened.popFirst() else { continue }
                    result = next
                } else {
                    guard let next = rest.popFirst() else { continue }
                    switch next {
                    case .success(let decryption): result = .success(DecryptReport(decryption))
                    case .failure(let error):
                        let change = try await keyChange(error, taken[place], account)
                        result = .failure(CommandFailure(decrypting: error, change))
                    }
                }
                outcomes.append((line.number, result))
                if worst == .success, case .failure(let failure) = result { worst = failure.status }
            }
            let texts = Workers.processors.map(outcomes) { line, result in
                let object =
                    switch result {
                    case .success(let report): report.object(line: line)
                    case .failure(let failure): failure.object(line: line)
                    }
                return JSONValue.object(object).text + "\n"
            }
            console.print(Array(texts.joined().utf8))
            try await settle(results.compactMap { try? $0.get() }, account, console)
            progress.advance(by: batch.count)
        }
        if archive { try await catchUp(account, isOver: true) }
        return worst
    }

    private func catchUp(
        _ account: Account<AccountStore>, isOver: Bool
    ) async throws(CommandFailure) {
        do throws(SessionError) {
            if isOver { try await account.endCatchUp() } else { try await account.beginCatchUp(at: Timestamp.now) }
        } catch {
            throw CommandFailure(error)
        }
    }

    private func decrypt(
        _ requests: [DecryptRequest], _ account: Account<AccountStore>
    ) async throws(CommandFailure) -> (results: [Result<Decryption, SessionError>], outstanding: Set<RowKey>) {
        do throws(SessionError) {
            return try await account.decryptTellingWhatFollows(
                requests.map { ($0.messages, $0.incoming) }, at: Timestamp.now)
        } catch {
            throw CommandFailure(error)
        }
    }

    /// What a person needs to know to decide about a key.
    private func keyChange(
        _ error: SessionError, _ request: DecryptRequest?, _ account: Account<AccountStore>
    ) async throws(CommandFailure) -> Event? {
        guard error == .untrusted, let request else { return nil }
        do throws(SessionError) {
            return try await account.keyChange(in: request.messages, request.incoming)
        } catch {
            throw CommandFailure(error)
        }
    }

    /// What was printed is not needed any more; what it gave rise to goes to the folder that was named.
    private func settle(
        _ decryptions: [Decryption], _ account: Account<AccountStore>, _ console: Console
    ) async throws(CommandFailure) {
        if let outbox {
            let waiting = try await Waiting(account)
            try OutboxFolder(console.workplace.path(outbox)).write(waiting.stanzas)
            try await waiting.done(account, console)
        }
        let receipts = decryptions.compactMap(\.receipt)
        try await console.whenDelivered { () throws(SessionError) in try await account.acknowledge(receipts) }
    }
}
