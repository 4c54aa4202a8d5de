// Owns an account that is there: it connects, connects again, asks and is answered. It must not know what is asked.

internal import Synchronization
public import TernCore
public import TernXML
public import TernXMPP

/// A client on a server: one connection after the other, with one session as long as the server keeps it.
public actor ServerClient {
    private var settings: StreamSettings
    private let addresses: [ServerAddress]?
    private let trust: ServerTrust
    private let connectsAgain: Bool
    private let directory = ServerDirectory()
    private var connection: ServerConnection?
    private let patience: Patience
    private var questions: [String: Question] = [:]
    private var asked = 0
    /// How the account logged in.
    public private(set) var mechanism: LoginMechanism?
    private var address: JID?
    private var isClosing = false
    /// Whether there is anybody to ask.
    private var isThere = false
    /// Stanzas that were given out and not handled.
    private var open = 0
    private var draining: CheckedContinuation<Void, Never>?
    private var pausing: Task<Void, any Error>?
    private let answers: @Sendable (Element) -> Element?
    private let report: AsyncStream<Arrival>.Continuation

    /// Somebody who waits for an answer, and for how long.
    private struct Question {
        let waiting: CheckedContinuation<Reply, Never>
        let limit: Task<Void, Never>

        func answer(_ reply: Reply) {
            limit.cancel()
            waiting.resume(returning: reply)
        }
    }

    /// What comes, in order. One caller reads it, and says of each stanza that it was handled.
    public nonisolated let arrivals: AsyncStream<Arrival>

    /// What comes.
    public enum Arrival: Sendable {
        /// A message or presence. Say ``ServerClient/handled()`` once nothing of it can be lost.
        case stanza(Element)
        /// A session has begun anew: whoever wants to be seen has to say so again.
        case began(JID)
        /// The connection was lost, and the client tries again after so many seconds.
        case lost(TransportError, again: Int)
        /// The client is there no more.
        case ended(TransportError?)
    }

    /// - Parameters:
    ///   - addresses: Where the server is; what the domain says without it.
    ///   - connectsAgain: Whether a lost connection is replaced.
    ///   - patience: How long is waited for what.
    ///   - answers: Answers questions of others; what it does not is refused.
    public init(
        _ settings: StreamSettings, at addresses: [ServerAddress]?, trusting trust: ServerTrust, connectsAgain: Bool,
        patience: Patience = Patience(), answering answers: @escaping @Sendable (Element) -> Element? = { _ in nil }
    ) {
        self.answers = answers
        (self.settings, self.addresses, self.trust) = (settings, addresses, trust)
        (self.connectsAgain, self.patience) = (connectsAgain, patience)
        (arrivals, report) = AsyncStream.makeStream(of: Arrival.self)
    }

    /// Connects and logs in.
    /// - Returns: The address that the server gave.
    /// - Throws: ``TransportError`` of the last server that was tried.
    public func connect() async throws(TransportError) -> JID {
        var places = addresses ?? []
        if addresses == nil { places = await directory.servers(of: settings.account.domain) }
        var last = TransportError.unreachable
        for place in places {
            do throws(TransportError) {
                return try await connect(at: place)
            } catch .stream(.login(let error)) {
                // the next server of the same domain would refuse too, and count it against the account
                throw .stream(.login(error))
            } catch {
                last = error
            }
        }
        throw last
    }

    private func connect(at place: ServerAddress) async throws(TransportError) -> JID {
        let connection = try await ServerConnection(settings, at: place, trusting: trust, after: self.connection)
        self.connection = connection
        return try await ServerClient.first(of: connection, within: patience.connecting) { [self] in
            await run(connection, $0)
        }
    }

    /// Waits until a connection can be used, or cannot.
    private static func first(
        of connection: ServerConnection, within limit: Duration,
        _ run: @escaping @Sendable (@escaping @Sendable (Result<JID, TransportError>) -> Void) async -> Void
    ) async throws(TransportError) -> JID {
        let result = await withCheckedContinuation {
            (waiting: CheckedContinuation<Result<JID, TransportError>, Never>) in
            let once = Once(waiting)
            Task { await run { once.resume($0) } }
            Task {
                try? await Task.sleep(for: limit)
                if once.resume(.failure(.timedOut)) { connection.drop() }
            }
        }
        return try result.get()
    }

    /// Resumes a continuation once, whoever comes first.
    private final class Once: Sendable {
        private let waiting: Mutex<CheckedContinuation<Result<JID, TransportError>, Never>?>

        init(_ waiting: CheckedContinuation<Result<JID, TransportError>, Never>) { self.waiting = Mutex(waiting) }

        @discardableResult
        func resume(_ result: Result<JID, TransportError>) -> Bool {
            guard let waiting = waiting.withLock({ $0.take() }) else { return false }
            waiting.resume(returning: result)
            return true
        }
    }

    /// Reads a connection to its end.
    private func run(
        _ connection: ServerConnection, _ ready: @Sendable (Result<JID, TransportError>) -> Void
    ) async {
        var why: TransportError?
        var wasReady = false
        let watching = Task { await watch(connection) }
        defer { watching.cancel() }
        for await event in connection.events {
            switch event {
            // the next connection is that of an account that is there
            case .stream(.registered): settings.registers = false
            case .stream(.loggedIn(let mechanism, _)): self.mechanism = mechanism
            case .stream(.ready(let jid, let isResumed, _)):
                // what the session before had not confirmed is its sender's: they were told whether the server has it
                address = jid
                (wasReady, isThere) = (true, true)
                if !isResumed { report.yield(.began(jid)) }
                ready(.success(jid))
            case .stream(.stanza(let stanza)): await take(stanza, connection)
            case .stream(.ended(let error)): why = error.map { .stream($0) }
            case .stream: break
            case .failed(let error): why = error
            }
        }
        isThere = false
        ready(.failure(why ?? .lost))
        for (_, question) in questions { question.answer(.nothing) }
        questions = [:]
        guard wasReady else { return }
        guard connectsAgain, !isClosing, ServerClient.isWorthRepeating(why) else {
            return finish(isClosing ? nil : why ?? .lost)
        }
        await connectAgain(after: why ?? .lost)
    }

    /// Asks now and then whether the server is there: of a network that has gone nobody tells.
    private func watch(_ connection: ServerConnection) async {
        while true {
            do { try await Task.sleep(for: patience.silence) } catch { return }
            guard isThere else { continue }
            if case .nothing = await ask({ ClientStanza.ping(id: $0) }) { return connection.drop() }
        }
    }

    private func take(_ stanza: Element, _ connection: ServerConnection) async {
        guard stanza.name == "iq" else {
            open += 1
            report.yield(.stanza(stanza))
            return
        }
        connection.handled()
        switch stanza["type"] {
        case "result", "error":
            // Only whom the question went to answers it.
            guard let id = stanza["id"] else { return }
            questions.removeValue(forKey: key(id, stanza["from"]))?.answer(Reply(stanza))
        case "get", "set": try? await connection.send(answers(stanza) ?? ClientStanza.refusal(of: stanza))
        default: break
        }
    }

    private func key(_ id: String, _ jid: String?) -> String {
        ServerClient.key(
            id, jid,
            own: [settings.account.description, address?.description, settings.account.domain].compactMap(\.self))
    }

    /// RFC 6120 §8.1.2.1: a server that answers for the account may leave `from` out, or name the account.
    static func key(_ id: String, _ jid: String?, own: [String]) -> String {
        guard let jid, !own.contains(jid) else { return id }
        return "\(id) \(jid)"
    }

    /// What waiting longer does not mend.
    private static func isWorthRepeating(_ error: TransportError?) -> Bool {
        switch error {
        case .certificate, .authorities, .stream(.login), .stream(.notEncrypted), .stream(.injected): false
        case .stream(.ended(let condition)): condition != "conflict"
        default: true
        }
    }

    /// Waits longer each time, and not as long as others do (RFC 6120 §3.3).
    private func connectAgain(after error: TransportError) async {
        var why = error
        var pause = 1
        while !isClosing {
            report.yield(.lost(why, again: pause))
            // What was given out is handled or not before the server is told how much was: it would come a second time.
            if open > 0 { await withCheckedContinuation { draining = $0 } }
            guard !isClosing else { break }
            let pausing = Task { [pause] in
                try await Task.sleep(for: .seconds(pause) + .milliseconds(Int.random(in: 0..<500)))
            }
            self.pausing = pausing
            _ = try? await pausing.value
            guard !isClosing else { break }
            do throws(TransportError) {
                _ = try await connect()
                return
            } catch {
                guard ServerClient.isWorthRepeating(error) else { return finish(error) }
                why = error
                pause = min(pause * 2, 60)
            }
        }
        finish(nil)
    }

    private func finish(_ error: TransportError?) {
        report.yield(.ended(error))
        report.finish()
    }

    /// Asks something, and waits for the answer, though not for long.
    /// - Parameter question: An `iq` for an identifier.
    public func ask(_ question: @Sendable (_ id: String) -> Element) async -> Reply {
        guard let connection, isThere else { return .nothing }
        asked += 1
        let id = "tern-q\(asked)"
        let stanza = question(id)
        let key = key(id, stanza["to"])
        return await withCheckedContinuation { waiting in
            let limit = Task { [patience] in
                do throws(XMLError) { try await connection.send(stanza) } catch { return self.give(up: key) }
                try? await Task.sleep(for: patience.answering)
                self.give(up: key)
            }
            questions[key] = Question(waiting: waiting, limit: limit)
        }
    }

    private func give(up key: String) {
        questions.removeValue(forKey: key)?.answer(.nothing)
    }

    /// Sends a stanza.
    /// - Returns: Whether the server has it.
    public func send(_ stanza: Element) async -> Bool {
        guard let connection, isThere else { return false }
        do throws(XMLError) { try await connection.send(stanza) } catch { return false }
        // it answers after all that came before, whatever it answers
        if case .nothing = await ask({ ClientStanza.ping(id: $0) }) { return false }
        return true
    }

    /// The first stanza that was not yet called so was handled for good.
    public func handled() {
        connection?.handled()
        open -= 1
        if open == 0 { draining.take()?.resume() }
    }

    /// Ends the session.
    public func close() {
        isClosing = true
        // whoever closes waits for nothing more, be it handled or not
        draining.take()?.resume()
        pausing?.cancel()
        connection?.close()
        if connection == nil { finish(nil) }
    }
}
