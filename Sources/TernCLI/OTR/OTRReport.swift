// Owns how a step of an OTR conversation is told to people and programs. It must not know how it came about.

internal import Tern
internal import TernCore
internal import TernJSON
internal import TernOTR
internal import TernStore

/// What came of a request in a conversation.
struct OTRReport {
    private let peer: JID
    private let outcome: OTROutcome
    private let waiting: Waiting

    /// Does it, durably.
    init(
        _ request: OTRRequest, with peer: JID, of account: Account<AccountStore>
    ) async throws(CommandFailure) {
        self.peer = peer
        do throws(SessionError) {
            let (outcome, outstanding) = try await account.otr(request, with: peer, at: Timestamp.now)
            self.outcome = outcome
            waiting = outstanding.isEmpty ? Waiting() : try await OTRReport.waiting(account, outstanding)
        } catch {
            throw CommandFailure(otr: error)
        }
    }

    /// The extra key that was announced.
    var extraKeys: [ExtraKey] { outcome.extraKeys }

    private static func waiting(
        _ account: Account<AccountStore>, _ keys: Set<RowKey>
    ) async throws(SessionError) -> Waiting {
        do throws(CommandFailure) { return try await Waiting(account, keys) } catch { throw .store(.damaged) }
    }

    /// Prints it, and lets go of what was printed.
    /// - Parameters:
    ///   - folder: Where stanzas go instead.
    ///   - isReading: Whether the text is what was asked for; then stanzas wait in the outbox.
    func tell(
        _ account: Account<AccountStore>, _ console: Console, folder: String? = nil, isReading: Bool = false
    ) async throws(CommandFailure) -> ExitStatus {
        for event in outcome.step.events { if let words = event.otrWords(peer) { console.note(words) } }
        if let folder { try OutboxFolder(console.workplace.path(folder)).write(waiting.stanzas) }
        var gone = folder != nil
        if console.json {
            console.print(.object(object))
            gone = true
        } else if isReading {
            if let text = outcome.step.plaintext?.content.text {
                console.print(DecryptReport.text(text, forTerminal: console.isTerminal))
            }
            if !gone, !waiting.stanzas.isEmpty { console.note("something has to be sent: see 'tern outbox'") }
        } else if folder == nil {
            for stanza in waiting.stanzas { console.print(verbatim: stanza) }
            gone = true
        }
        if gone { try await waiting.done(account, console) }
        if let receipt = outcome.receipt {
            try await console.whenDelivered { () throws(SessionError) in try await account.acknowledge(otr: [receipt]) }
        }
        guard let failure = outcome.step.failure else { return .success }
        throw CommandFailure(otr: failure)
    }

    private var object: JSONObject {
        var object = outcome.object(peer, stanzas: waiting.stanzas)
        if outcome.step.plaintext != nil { object["repeated"] = .boolean(outcome.isRepeated) }
        return object
    }
}

extension OTROutcome {
    /// For programs.
    func object(_ peer: JID, stanzas: [String]) -> JSONObject {
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "otr"
        object["peer"] = .string(peer.description)
        object["phase"] = .string(phase.rawValue)
        object["stanzas"] = .array(stanzas.map { .string($0) })
        if let text = step.plaintext?.content.text { object["text"] = .string(text) }
        if let peerKey {
            object["fingerprint"] = .string(peerKey.key.otrGrouped)
            object["trust"] = .string(peerKey.trust.rawValue)
        }
        object["events"] = .array(step.events.map(\.otrJSON))
        return object
    }
}

extension CommandFailure {
    /// A failure of OTR in its own words.
    init(otr error: SessionError) {
        switch error {
        case .noSession:
            self.init(
                .noSession, "no keys have been agreed on with this program",
                hint: "begin: tern otr query --to JID/RESOURCE")
        case .ended:
            self.init(
                .ended, "the other end has ended the conversation: nothing is sent",
                hint: "begin again: tern otr query --to JID/RESOURCE")
        case .untrusted:
            self.init(
                .untrusted, "the other end shows another key than the one that is accepted",
                hint: "compare it: tern otr keys; accept it: tern otr keys --trust JID FINGERPRINT")
        case .unsupported:
            self.init(
                .unsupported, "the other end speaks no version of OTR that is allowed here, or this is no text",
                hint: "profanity up to 0.13 speaks version 2 alone: tern otr policy JID --versions 2,3")
        case .unauthentic:
            self.init(
                .unauthentic, "this is not authenticated by the conversation's keys",
                hint: "if it is readable, anybody may have written it: it is not shown")
        case .limitExceeded:
            self.init(
                .limitExceeded, "too long, in too many pieces, or too many comparisons have failed within the hour",
                hint: "wait, and compare fingerprints: tern otr keys")
        case .backendMissing:
            self.init(
                .missingProgram, "this libotr's conversations cannot be kept between two processes",
                hint: "libotr 4.1.1 is needed for it: see 'tern doctor'")
        case .misuse:
            self.init(.usage, "this does not fit the conversation: it is somebody else's, or nothing was asked")
        default: self.init(error)
        }
    }
}
