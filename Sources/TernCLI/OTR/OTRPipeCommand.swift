// Owns `tern otr pipe`: conversations in memory, a request a line. It must not know how a conversation is held.

internal import ArgumentParser
internal import Dispatch
internal import class Foundation.Thread
internal import Glibc
internal import Synchronization
internal import Tern
internal import TernCore
internal import TernCrypto
internal import TernInput
internal import TernJSON
internal import TernOTR
internal import TernStore

/// `tern otr pipe`.
struct OTRPipeCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "pipe", abstract: "Hold conversations in memory, a request a line.",
        discussion: """
            Takes an object a line: "do" is start, say ("text"), receive ("stanza", or "body"), verify ("secret", perhaps \
            "question"), answer ("secret"), abort, extraKey ("use", perhaps "data" in base64) or end; "peer" is the address of \
            the other program, "id" a name of your own for the request. Each is answered by a line with what has to be sent, \
            shown and known; answers for one person come in the order of the requests, and nobody waits for another one's key \
            or comparison.

            Conversations are in memory alone: at the end of the input they are ended, and the last lines tell the other \
            programs. Keys, trust and failed comparisons are the store's. Other commands on this store go through this process \
            meanwhile.

            Example:
              echo '{"do":"start","peer":"bob@example.org/home"}' | tern otr pipe
            """)

    @Flag(help: "Take and give one request a line, which is what this command does anyway.")
    var jsonLines = false

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let workplace = console.workplace
        guard let held = workplace.held else { return try await holdAndRun(console) }
        let account = try await options.openAccount(in: workplace)
        let isShared = workplace.keepsConversations
        let lounge = isShared ? held.lounge(of: account) : OTRLounge(account)
        return try await OTRPipe(lounge, account.jid, endsAll: !isShared).run(console, workplace)
    }

    /// Other commands on this store come here meanwhile.
    private func holdAndRun(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let file = try options.openStore(in: console.workplace)
        let held = HeldStore(file, at: try options.storeFolder(in: console.workplace))
        // a caller who has gone is told by a failure to write
        signal(SIGPIPE, SIG_IGN)
        let door = try RPCHall.door(of: held)
        let ending = try EndingSignals.descriptor()
        let workplace = console.workplace.holding(held) { () throws(InputError) in
            try InputStream(standardInput: STDIN_FILENO, until: ending)
        }
        let account = try await options.openAccount(in: workplace)
        door.begin()
        let result: Result<ExitStatus, CommandFailure>
        do throws(CommandFailure) {
            let pipe = OTRPipe(OTRLounge(account), account.jid, endsAll: true)
            result = .success(try await pipe.run(console, workplace))
        } catch {
            result = .failure(error)
        }
        door.end()
        await RPCHall.onThread { door.wait() }
        return try result.get()
    }
}

/// Requests on their way through conversations.
private struct OTRPipe {
    /// As many requests are under way at once.
    private static let limit = 256

    let lounge: OTRLounge<AccountStore>
    let account: BareJID
    /// Whether conversations end with the input.
    let endsAll: Bool

    init(_ lounge: OTRLounge<AccountStore>, _ account: BareJID, endsAll: Bool) {
        self.lounge = lounge
        self.account = account
        self.endsAll = endsAll
    }

    /// What happens, one after the other.
    private enum Happening: Sendable {
        case line(JSONLineReader.Line)
        case badLine(Int, CommandFailure)
        case done(Reply)
        case end(CommandFailure?)
    }

    /// An answer, and what it is an answer to.
    private struct Reply: Sendable {
        let line: Int?
        let id: String?
        let peer: JID
        let result: Result<OTROutcome, SessionError>
    }

    func run(_ console: Console, _ workplace: Workplace) async throws(CommandFailure) -> ExitStatus {
        let (happenings, source) = AsyncStream<Happening>.makeStream()
        let places = DispatchSemaphore(value: OTRPipe.limit)
        let reader = Mutex<JSONLineReader?>(try JSONLineReader(nil, workplace))
        OTRPipe.read(Reading(reader), places, to: source)
        var worst: (line: Int, status: ExitStatus)?
        var (waiting, ending) = (0, false)
        var failure: CommandFailure?
        for await happening in happenings {
            switch happening {
            case .line(let line):
                do throws(CommandFailure) {
                    let request = try OTRPipeRequest(try line.object(), of: account)
                    waiting += 1
                    await begin(request, line.number, to: source)
                } catch {
                    places.signal()
                    tell(error, line.number, console, &worst)
                }
            case .badLine(let number, let error):
                places.signal()
                tell(error, number, console, &worst)
            case .done(let reply):
                if reply.line != nil { places.signal() }
                waiting -= 1
                tell(reply, console, &worst)
            case .end(let error):
                // whoever ends this process by a signal wants the conversations ended
                failure = error?.code == .interrupted ? nil : error
                ending = true
                guard endsAll else { break }
                for peer in await lounge.present {
                    waiting += 1
                    await begin(.end, with: peer, nil, nil, to: source)
                }
            }
            if ending, waiting == 0 { break }
            do throws(CommandFailure) { try console.finish() } catch {
                // nobody listens any more
                failure = error
                break
            }
        }
        source.finish()
        // who reads is let go, wherever it stands
        for _ in 0..<OTRPipe.limit { places.signal() }
        if let failure { throw failure }
        return worst?.status ?? .success
    }

    private func begin(
        _ request: OTRPipeRequest, _ line: Int, to source: AsyncStream<Happening>.Continuation
    ) async {
        await begin(request.request, with: request.peer, line, request.id, to: source)
    }

    private func begin(
        _ request: OTRRequest, with peer: JID, _ line: Int?, _ id: String?,
        to source: AsyncStream<Happening>.Continuation
    ) async {
        let task = await lounge.begin(request, with: peer, at: Timestamp.now)
        Task { source.yield(.done(Reply(line: line, id: id, peer: peer, result: await task.value))) }
    }

    // MARK: Reading

    private final class Reading: Sendable {
        let reader: Mutex<JSONLineReader?>

        init(_ reader: consuming Mutex<JSONLineReader?>) { self.reader = reader }
    }

    /// On a thread of its own: whoever writes may take their time.
    private static func read(
        _ reading: Reading, _ places: DispatchSemaphore, to source: AsyncStream<Happening>.Continuation
    ) {
        Thread.detachNewThread {
            reading.reader.withLock { reader in
                while true {
                    places.wait()
                    do throws(CommandFailure) {
                        guard let line = try reader?.next() else { break }
                        source.yield(.line(line))
                    } catch {
                        guard error.code == .limitExceeded else {
                            source.yield(.end(error))
                            return
                        }
                        source.yield(.badLine(reader?.number ?? 0, error))
                    }
                }
                source.yield(.end(nil))
            }
        }
    }

    // MARK: Telling

    private func tell(_ reply: Reply, _ console: Console, _ worst: inout (line: Int, status: ExitStatus)?) {
        var object: JSONObject
        switch reply.result {
        case .failure(let error):
            object = CommandFailure(otr: error).object(line: reply.line)
            note(CommandFailure(otr: error), reply.line, &worst)
        case .success(let outcome):
            let stanzas = outcome.step.outbound.compactMap { try? $0.text(id: OTRPipe.stanzaID()) }
            object = outcome.object(reply.peer, stanzas: stanzas)
            if let line = reply.line { object["line"] = .number(String(line)) }
            if let failure = outcome.step.failure.map({ CommandFailure(otr: $0) }) {
                object["error"] = .string(failure.code.rawValue)
                note(failure, reply.line, &worst)
            }
            if !outcome.extraKeys.isEmpty { object["extraKeys"] = .array(outcome.extraKeys.map(\.withSecret)) }
        }
        if let id = reply.id { object["id"] = .string(id) }
        console.print(.object(object))
    }

    private func tell(
        _ failure: CommandFailure, _ line: Int, _ console: Console, _ worst: inout (line: Int, status: ExitStatus)?
    ) {
        note(failure, line, &worst)
        console.print(.object(failure.object(line: line)))
    }

    /// The first line that failed says how all ends, whatever was ready first.
    private func note(_ failure: CommandFailure, _ line: Int?, _ worst: inout (line: Int, status: ExitStatus)?) {
        let line = line ?? .max
        if line < worst?.line ?? .max { worst = (line, failure.status) }
    }

    private static func stanzaID() -> String {
        var entropy = SystemEntropy()
        return "tern-" + entropy.bytes(8).map { HexDigits.pair($0) }.joined()
    }
}

extension ExtraKey {
    /// For a program that holds the conversation.
    fileprivate var withSecret: JSONValue {
        var object = JSONObject()
        let data = data
        object["use"] = .number(String(use))
        object["data"] = .string(Base64.encode(data.span))
        object["key"] = .string(secret.withSpan { Base64.encode($0) })
        return .object(object)
    }
}
