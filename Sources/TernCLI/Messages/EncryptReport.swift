// Owns how the outcome of an encryption is told: stanzas, needs, or why not. It must not know how it came about.

internal import TernCore
internal import TernCrypto
internal import TernJSON
internal import TernOMEMO

/// What came of a request.
struct EncryptReport {
    /// How it ended.
    private enum Outcome {
        case sealed([(to: BareJID, xml: String)], [Scheme])
        case missing([Node], CommandFailure)
        case failed(CommandFailure)
    }

    private let outcome: Outcome
    private let events: [Event]

    /// The exit code.
    var status: ExitStatus { failure?.status ?? .success }

    private var failure: CommandFailure? {
        switch outcome {
        case .sealed: nil
        case .missing(_, let failure), .failed(let failure): failure
        }
    }

    init(failure: CommandFailure) {
        outcome = .failed(failure)
        events = []
    }

    /// What came of a message in OpenPGP: stanzas, or what is missing.
    init(sealed stanzas: [(to: BareJID, xml: String)], _ scheme: Scheme, _ events: [Event]) {
        outcome = .sealed(stanzas, [scheme])
        self.events = events
    }

    init(missing nodes: [Node], _ failure: CommandFailure) {
        outcome = .missing(nodes, failure)
        events = []
    }

    init(failure: CommandFailure, _ events: [Event]) {
        outcome = .failed(failure)
        self.events = events
    }

    init(_ request: EncryptRequest, _ result: Result<Encryption, SessionError>) {
        switch result {
        case .failure(.misuse), .failure(.unsupported):
            outcome = .failed(
                CommandFailure(.unsupported, "this content cannot be sent in the version that a recipient has"))
            events = []
        case .failure(let error):
            outcome = .failed(CommandFailure(error))
            events = []
        case .success(.refused(let error, let why)):
            outcome = .failed(EncryptReport.failure(error, why))
            events = why
        case .success(.missing(let nodes)):
            outcome = .missing(
                nodes,
                CommandFailure(
                    .missingMaterial, "device lists or bundles are missing: \(nodes.count)",
                    hint: "fetch them and give them to: tern bundle import --from JID; or see --partial"))
            events = []
        case .success(.sealed(let messages, let what)):
            events = what
            do throws(SessionError) {
                outcome = .sealed(try EncryptReport.stanzas(request, messages), messages.map(\.version.scheme))
            } catch {
                outcome = .failed(CommandFailure(.malformed, "the id has characters that XML cannot carry"))
            }
        }
    }

    private static func failure(_ error: SessionError, _ why: [Event]) -> CommandFailure {
        switch error {
        case .materialMissing where why.contains(where: \.isAboutTheRoom):
            CommandFailure(
                .missingMaterial, "nobody has said who belongs to the room",
                hint: "give what the room says to: tern room import ROOM; or name its members with --to")
        case .materialMissing:
            CommandFailure(
                .missingMaterial, "a recipient has no device that could read this",
                hint: "see 'tern contact show JID'; for a note to oneself, 'tern omemo devices'")
        case .untrusted:
            CommandFailure(
                .untrusted, untrusted(why),
                hint: "compare fingerprints: tern contact show JID; then tern contact trust or distrust")
        case .ended where why.contains(where: \.isWithdrawal):
            CommandFailure(
                .ended, "this device has left OMEMO, and encrypts nothing",
                hint: "'tern omemo join' announces it again")
        case .ended:
            CommandFailure(
                .ended, "a recipient wants no encrypted messages any more",
                hint:
                    "see 'tern contact opt-out JID': agree, or go on encrypting; nothing is sent in the clear by itself"
            )
        default: CommandFailure(error)
        }
    }

    /// Every device that is the reason, with the key that a person has to decide about.
    private static func untrusted(_ why: [Event]) -> String {
        let devices = why.filter(\.isAboutAKey).compactMap(\.words)
        return devices.isEmpty ? "no device of a recipient is trusted" : devices.joined(separator: "; ")
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

    /// What there is to send.
    var stanzas: [(to: BareJID, xml: String)] {
        if case .sealed(let stanzas, _) = outcome { stanzas } else { [] }
    }

    /// Says what happened beside it.
    func note(_ console: Console) {
        // What is in the message is not said twice.
        for event in events where failure?.code != .untrusted || !event.isAboutAKey { console.note(event) }
    }

    /// Prints it for one request alone.
    func print(_ console: Console) {
        note(console)
        switch outcome {
        case .failed: break
        case .sealed, .missing: if console.json { console.print(.object(object(line: nil))) }
        }
        if !console.json {
            if case .sealed(let stanzas, _) = outcome { for stanza in stanzas { console.print(verbatim: stanza.xml) } }
            if case .missing(let nodes, _) = outcome { for node in nodes { console.note("need: fetch \(node.words)") } }
        }
        guard let failure else { return }
        var details = JSONObject()
        if case .failed = outcome, !events.isEmpty { details["events"] = .array(events.map(\.json)) }
        console.report(failure, details)
    }

    /// The object of a line.
    func object(line: Int?) -> JSONObject {
        var object = JSONObject()
        object["v"] = 1
        switch outcome {
        case .sealed(let stanzas, let schemes):
            object["type"] = "encrypted"
            if let line { object["line"] = .number(String(line)) }
            object["schemes"] = .array(schemes.map { .string($0.rawValue) })
            object["stanzas"] = .array(stanzas.map { ["to": .string($0.to.description), "xml": .string($0.xml)] })
            object["events"] = .array(events.map(\.json))
            return object
        case .missing(let nodes, _):
            object["type"] = "needs"
            if let line { object["line"] = .number(String(line)) }
            object["needs"] = .array(nodes.map(\.need))
        case .failed(let failure):
            object = failure.object(line: line)
        }
        if !events.isEmpty { object["events"] = .array(events.map(\.json)) }
        return object
    }
}

extension Event {
    /// Whether nobody has said who belongs to the room.
    fileprivate var isAboutTheRoom: Bool {
        if case .unknownRoom = self { true } else { false }
    }

    /// Whether this device has left.
    fileprivate var isWithdrawal: Bool {
        if case .device(_, .withdrawn) = self { true } else { false }
    }

    /// Whether a device's key is why nothing was encrypted, and a person has to decide about it.
    fileprivate var isAboutAKey: Bool {
        switch self {
        case .device(_, .undecided), .device(_, .keyChanged), .keyUndecided, .keyChanged: true
        default: false
        }
    }
}
