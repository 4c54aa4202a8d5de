// Owns how the outcome of an encryption is told: stanzas, needs, or why not. It must not know how it came about.

internal import TernCore
internal import TernCrypto
internal import TernJSON
internal import TernOMEMO

/// What came of a request.
struct EncryptReport {
    private let stanzas: [(to: BareJID, xml: String)]
    private let schemes: [Scheme]
    private let needs: [Node]
    private let events: [Event]
    private let failure: CommandFailure?

    /// The exit code.
    var status: ExitStatus { failure?.status ?? .success }

    init(failure: CommandFailure) {
        stanzas = []
        schemes = []
        needs = []
        events = []
        self.failure = failure
    }

    init(_ request: EncryptRequest, _ result: Result<Encryption, SessionError>) {
        var stanzas: [(to: BareJID, xml: String)] = []
        var schemes: [Scheme] = []
        var needs: [Node] = []
        var events: [Event] = []
        var failure: CommandFailure?
        switch result {
        case .failure(.misuse), .failure(.unsupported):
            failure = CommandFailure(.unsupported, "this content cannot be sent in the version that a recipient has")
        case .failure(let error): failure = CommandFailure(error)
        case .success(.refused(let error, let why)):
            failure = CommandFailure(error)
            events = why
        case .success(.missing(let nodes)):
            failure = CommandFailure(
                .missingMaterial, "device lists or bundles are missing: \(nodes.count)",
                hint: "fetch them and give them to: tern bundle import --from JID; or see --partial")
            needs = nodes
        case .success(.sealed(let messages, let what)):
            do throws(SessionError) {
                stanzas = try EncryptReport.stanzas(request, messages)
                schemes = messages.map(\.version.scheme)
            } catch {
                failure = CommandFailure(.malformed, "the id has characters that XML cannot carry")
            }
            events = what
        }
        (self.stanzas, self.schemes, self.needs, self.events, self.failure) = (stanzas, schemes, needs, events, failure)
    }

    private static func stanzas(
        _ request: EncryptRequest, _ messages: [EncryptedMessage]
    ) throws(SessionError) -> [(to: BareJID, xml: String)] {
        var entropy = SystemEntropy()
        var stanzas: [(to: BareJID, xml: String)] = []
        let destinations = request.draft.room.map { [$0] } ?? request.draft.recipients
        for jid in destinations {
            let destination = request.draft.room == nil ? Outbound.Destination.chat(JID(jid)) : .room(jid)
            let id = request.id ?? entropy.bytes(8).map { HexDigits.pair($0) }.joined()
            let stanza = try MessageStanza(to: destination, id: id, messages, fallback: Companions.fallback)
            stanzas.append((jid, try stanza.xml()))
        }
        return stanzas
    }

    /// Prints it for one request alone.
    func print(_ console: Console) {
        for event in events { console.note(event) }
        if console.json {
            if failure == nil || !needs.isEmpty { console.print(.object(object(line: nil))) }
        } else {
            for stanza in stanzas { console.print(verbatim: stanza.xml) }
            for need in needs { console.note("need: fetch \(need.words)") }
        }
        if let failure { console.report(failure) }
    }

    /// The object of a line.
    func object(line: Int?) -> JSONObject {
        var object = JSONObject()
        object["v"] = 1
        object["type"] = .string(failure == nil ? "encrypted" : needs.isEmpty ? "error" : "needs")
        if let line { object["line"] = .number(String(line)) }
        if let failure, needs.isEmpty {
            object["code"] = .string(failure.code.rawValue)
            object["exit"] = .number(String(failure.status.rawValue))
            object["message"] = .string(failure.message)
            if let hint = failure.hint { object["hint"] = .string(hint) }
        }
        if failure == nil {
            object["schemes"] = .array(schemes.map { .string($0.rawValue) })
            object["stanzas"] = .array(stanzas.map { ["to": .string($0.to.description), "xml": .string($0.xml)] })
        }
        if !needs.isEmpty { object["needs"] = .array(needs.map(\.need)) }
        if failure == nil || !events.isEmpty { object["events"] = .array(events.map(\.json)) }
        return object
    }
}
