// Owns reading messages of OpenPGP for `tern decrypt`: requests in, plaintexts out. It must not know how anything is decrypted.

internal import Tern
internal import TernCore
internal import TernJSON
internal import TernPGP
internal import TernStore
internal import TernXML

/// Messages in OpenPGP.
struct PGPDecrypting {
    private let account: Account<AccountStore>
    private let console: Console
    private let allowsUnauthenticated: Bool

    private let network: (any Network)?

    /// - Parameter network: Who fetches what is missing; without it whoever has attached to the process that holds the store.
    init(
        _ account: Account<AccountStore>, _ console: Console, allowsUnauthenticated: Bool,
        over network: (any Network)? = nil
    ) {
        (self.account, self.console, self.allowsUnauthenticated) = (account, console, allowsUnauthenticated)
        self.network = network ?? console.workplace.held?.switchboard.network(of: account.jid)
    }

    /// Reads one message, and prints it.
    func decrypt(_ request: DecryptRequest) async throws(CommandFailure) -> ExitStatus {
        guard let (message, scheme) = try await read([request]).first else { return .internalError }
        let read = try PGPDecrypting.checked(message, request, scheme)
        guard read.missing.isEmpty else {
            var needs = JSONObject()
            needs["v"] = 1
            needs["type"] = "needs"
            needs["needs"] = .array(read.missing.map(\.need))
            if console.json { console.print(.object(needs)) }
            for node in read.missing { console.note("need: fetch \(node.words)") }
            throw PGPDecrypting.missing(read.missing, request)
        }
        for event in read.step.events { console.note(event) }
        let report = PGPDecryptReport(read.step, request, scheme)
        guard !console.json else {
            console.print(.object(report.object(line: nil)))
            return .success
        }
        if scheme == .pgp { console.note("not authenticated: anybody may have written this") }
        console.print(report.text(forTerminal: console.isTerminal))
        if report.hasMore {
            console.note("hint: there is more in this message than its text: decrypt it again with --json")
        }
        return .success
    }

    /// Reads messages, each for itself.
    func decrypt(
        _ requests: [DecryptRequest]
    ) async throws(CommandFailure) -> [Result<any ReadReport, CommandFailure>] {
        guard !requests.isEmpty else { return [] }
        return zip(requests, try await read(requests)).map { request, read in
            Result { () throws(CommandFailure) in
                let message = try PGPDecrypting.checked(read.0, request, read.1)
                guard message.missing.isEmpty else { throw PGPDecrypting.missing(message.missing, request) }
                return PGPDecryptReport(message.step, request, read.1)
            }
        }
    }

    private func read(
        _ requests: [DecryptRequest]
    ) async throws(CommandFailure) -> [(Result<PGPReadMessage, SessionError>, Scheme)] {
        do throws(SessionError) {
            let results = try await account.decrypt(
                pgp: requests.map { ($0.incoming, $0.openPGP ?? .ox) }, allowsUnauthenticated: allowsUnauthenticated,
                over: network, at: Timestamp.now)
            return zip(results, requests).map { ($0, $1.openPGP ?? .ox) }
        } catch .materialMissing {
            throw CommandFailure(noKeyOf: account.jid)
        } catch {
            throw CommandFailure(pgp: error)
        }
    }

    private static func checked(
        _ result: Result<PGPReadMessage, SessionError>, _ request: DecryptRequest, _ scheme: Scheme
    ) throws(CommandFailure) -> PGPReadMessage {
        let sender = request.incoming.sender.bare
        let message: PGPReadMessage
        do throws(SessionError) { message = try result.get() } catch {
            throw CommandFailure(pgpReading: error, scheme, from: sender)
        }
        if let failure = message.step.failure { throw CommandFailure(pgpReading: failure, scheme, from: sender) }
        return message
    }

    private static func missing(_ nodes: [Node], _ request: DecryptRequest) -> CommandFailure {
        let sender = request.incoming.sender.bare
        return CommandFailure(
            .missingMaterial, "no key of \(sender) is known",
            hint: "fetch what they announce and give it to: tern bundle import --from \(sender)")
    }
}

/// A message of OpenPGP that was read, for people or programs.
struct PGPDecryptReport: ReadReport {
    private let step: Step
    private let sender: BareJID
    private let scheme: Scheme

    init(_ step: Step, _ request: DecryptRequest, _ scheme: Scheme) {
        (self.step, self.scheme) = (step, scheme)
        sender = request.incoming.sender.bare
    }

    /// The text.
    func text(forTerminal isTerminal: Bool) -> [UInt8] {
        step.plaintext?.content.text.map { DecryptReport.text($0, forTerminal: isTerminal) } ?? []
    }

    /// Whether the message says something beside its text.
    var hasMore: Bool {
        guard case .elements(let elements)? = step.plaintext?.content else { return false }
        return elements.count != 1 || step.plaintext?.content.text == nil
    }

    func object(line: Int?) -> JSONObject {
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "decrypted"
        if let line { object["line"] = .number(String(line)) }
        object["scheme"] = .string(scheme.rawValue)
        object["from"] = .string(sender.description)
        object["authenticated"] = .boolean(step.plaintext?.author.key != nil)
        if let plaintext = step.plaintext {
            if let key = plaintext.author.key { object["fingerprint"] = .string(key.hex) }
            object["trust"] = .string(plaintext.author.trust.rawValue)
            if let time = plaintext.claimedTime { object["time"] = .string(time.xmpp) }
            if let text = plaintext.content.text { object["text"] = .string(text) }
            if case .elements(let elements) = plaintext.content {
                object["content"] = .array(elements.compactMap { (try? $0.serialized()).map { .string($0) } })
            }
        }
        object["empty"] = .boolean(false)
        object["repeated"] = .boolean(false)
        object["events"] = .array(step.events.map(\.json))
        return object
    }
}
