// Owns one OTR conversation as a session: what is done at once, what is handed out, and what waits meanwhile.
// It must not know libotr, nor what its reports mean.

internal import Glibc
public import TernCore
internal import TernCrypto

/// One OTR conversation (through libotr 4.1.1) with one resource of somebody.
///
/// A step of the socialist millionaires' protocol is handed out as work together with the whole conversation; so is every
/// message that is long enough to be one. What is called meanwhile waits in order, up to ``queueLimit`` calls. A session
/// that was given no key asks for one as work, before its first call is carried out.
public final class OTRSession: Session {
    /// As many calls wait behind a job; then ``TernCore/SessionError/busy``.
    public static let queueLimit = 256
    /// A received message, and all that waits, is at most this long: 1 MiB.
    public static let lengthLimit = 1 << 20
    /// A piece of a message is at most this long: 64 KiB.
    public static let pieceLimit = 1 << 16
    /// How often ``poll(at:)`` should be called, in seconds: a key exchange that nobody ends is forgotten then.
    public static let pollInterval = 70
    /// The other end is refused further programs; each costs memory that libotr cannot be told to give back.
    static let contextLimit = 64

    /// Our account.
    public let account: BareJID
    /// Our account's key, as soon as there is one.
    public private(set) var key: OTRPrivateKey?

    /// What it does by itself.
    public let policy: OTRPolicy
    /// The number of this program.
    public let tag: InstanceTag
    /// What the other end has offered and nobody has taken up: ``start(at:)`` does.
    public private(set) var offer: OTROffer?

    /// Comparisons that have failed: whoever keeps a conversation's key keeps these, too.
    public var verificationLimit: VerificationLimit {
        get { standing.limit }
        set { standing.limit = newValue }
    }

    private(set) var offered: String?
    private var lastWord: LastWord?
    private var announced: ExtraKey?
    /// The time that the host said last.
    private var now = Timestamp(milliseconds: 0)
    var standing: OTRStanding
    private var engine: OTREngine?
    private var errand: Errand?
    private var queue: [Waiting] = []
    private var roll = Ticket.Roll()

    private enum Errand {
        case key(Assignment<BareJID, Result<OTRPrivateKey, SessionError>>)
        case call(Assignment<OTREngine, OTRReturn>, Waiting)
    }

    private struct Waiting {
        let ticket: Ticket
        let call: OTRCall
    }

    /// A conversation of `account` with `peer`, which should have a resource. Without a key one is made when it is needed.
    /// - Parameter tag: This program's, the same for all its conversations; a new one without it.
    public init(
        account: BareJID, peer: JID, key: OTRPrivateKey? = nil, tag: InstanceTag? = nil, policy: OTRPolicy = .known
    ) {
        self.account = account
        self.key = key
        self.policy = policy
        var entropy = SystemEntropy()
        self.tag = tag ?? InstanceTag(from: &entropy)
        standing = OTRStanding(peer: peer)
    }

    /// OTR.
    public var scheme: Scheme { .otr }
    /// How far the conversation has come. While a job is out: how far it had come before.
    public var phase: Phase { standing.phase }
    /// The key that is accepted for the other end, and how far it is trusted.
    public var peerKey: (key: Fingerprint, trust: Trust)? { standing.key.map { ($0, standing.trust) } }

    /// Invites the other end, or takes up what it has offered.
    /// - Throws: ``TernCore/SessionError/unsupported`` where no version is allowed, ``TernCore/SessionError/busy``.
    public func start(at now: Timestamp) throws(SessionError) -> Step {
        self.now = now
        guard !policy.versions.isEmpty else { throw .unsupported }
        defer { (offer, offered) = (nil, nil) }
        guard let body = offered else { return try call(.invite) }
        return try call(.receive(body))
    }

    /// Does what time asks for; see ``pollInterval``.
    public func poll(at now: Timestamp) throws(SessionError) -> Step {
        self.now = now
        return try call(.poll)
    }

    /// Encrypts a text; OTR carries nothing else.
    /// - Throws: ``TernCore/SessionError/noSession`` or ``TernCore/SessionError/ended``, ``TernCore/SessionError/untrusted`` while the other end shows
    ///   a key that is not accepted, ``TernCore/SessionError/unsupported`` for what is no text, ``TernCore/SessionError/busy``.
    public func encrypt(_ content: Content, at now: Timestamp) throws(SessionError) -> Step {
        self.now = now
        // libotr's texts end at a zero byte, and an empty one is a heartbeat.
        guard case .text(let text) = content, !text.isEmpty, !text.hasZero else { throw .unsupported }
        return try call(.encrypt(text))
    }

    /// Takes a `<body>`, whether it is OTR or not: what is not encrypted fails as such.
    /// - Throws: ``TernCore/SessionError/misuse`` for another conversation's message, ``TernCore/SessionError/notForThisDevice`` for a copy,
    ///   ``TernCore/SessionError/malformed``, ``TernCore/SessionError/limitExceeded``, ``TernCore/SessionError/busy``.
    public func decrypt(_ incoming: Incoming, at now: Timestamp) throws(SessionError) -> Step {
        self.now = now
        guard case .body(let body) = incoming.payload, incoming.room == nil else { throw .misuse }
        let isFromPeer =
            incoming.sender.bare == standing.peer.bare
            && (standing.peer.resource == nil || incoming.sender == standing.peer)
        guard isFromPeer else { throw .misuse }
        // XEP-0364 §4.2: a copy is for the resource that holds the keys, and starts nothing here.
        guard incoming.origin == .live else { throw .notForThisDevice }
        guard !body.hasZero else { throw .malformed }
        guard body.utf8.count <= OTRSession.pieceLimit || !OTRSession.isPiece(body) else { throw .limitExceeded }
        let offer = OTROffer(body)
        if let offer, let refused = consider(offer, body) { return refused }
        var step = try call(.receive(body))
        // newer versions than are spoken here: what runs is the newest that both know, and nobody vouches for the query
        if let offer, offer.versions.contains(where: { $0 > 3 }) { step.events.insert(.offered(offer.versions), at: 0) }
        return step
    }

    /// Begins to compare `secret` with the other end's, perhaps with a question. One comparison at a time.
    public func verify(_ secret: SharedSecret, question: String? = nil, at now: Timestamp) throws(SessionError) -> Step
    {
        self.now = now
        guard question?.hasZero != true else { throw .unsupported }
        return try call(.verify(secret, question: question, isAnswer: false))
    }

    /// Answers a comparison that the other end began.
    public func answer(_ secret: SharedSecret, at now: Timestamp) throws(SessionError) -> Step {
        self.now = now
        return try call(.verify(secret, question: nil, isAnswer: true))
    }

    /// Gives up a comparison.
    public func abortVerification(at now: Timestamp) throws(SessionError) -> Step {
        self.now = now
        return try call(.abortVerification)
    }

    /// Announces the extra symmetric key of the keys in use now, which nothing carries.
    /// - Parameters:
    ///   - use: What it is for, as both ends know it.
    ///   - data: What else the other end is told of it, encrypted, of at most ``ExtraKey/dataLimit`` bytes.
    /// - Throws: What ``encrypt(_:at:)`` does; ``TernCore/SessionError/busy`` while a job is out.
    public func announceExtraKey(
        use: UInt32, data: [UInt8] = [], at now: Timestamp
    ) throws(SessionError) -> (step: Step, key: ExtraKey) {
        self.now = now
        guard isIdle else { throw .busy }
        guard data.count <= ExtraKey.dataLimit else { throw .limitExceeded }
        let step = try call(.extraKey(use: use, data: data))
        guard let key = announced.take() else { throw .backend(code: 0) }
        return (step, key)
    }

    /// Gives the extra keys that were announced, each once. Of those that nobody takes the last few are kept.
    public func takeExtraKeys() -> [ExtraKey] {
        defer { standing.extraKeys = [] }
        return standing.extraKeys
    }

    /// Ends the conversation.
    public func end(at now: Timestamp) throws(SessionError) -> Step {
        self.now = now
        return try call(.end)
    }

    /// Takes the one job that is out, and goes on with what waited behind it.
    /// - Throws: ``TernCore/SessionError/unexpectedAnswer``.
    public func supply(_ answers: [Answer], at now: Timestamp) throws(SessionError) -> [Step] {
        self.now = now
        guard !answers.isEmpty else { return [] }
        guard answers.count == 1, case .worked(let receipt)? = answers.first else { throw .unexpectedAnswer }
        switch errand {
        case .key(let assignment)? where assignment.matches(receipt):
            guard let result = assignment.take() else { throw .unexpectedAnswer }
            errand = nil
            return conclude(key: result)
        case .call(let assignment, let waiting)? where assignment.matches(receipt):
            guard let result = assignment.take() else { throw .unexpectedAnswer }
            errand = nil
            return [conclude(waiting, result)] + drain()
        default: throw .unexpectedAnswer
        }
    }
}

// MARK: - Between two processes

extension OTRSession {
    /// Whether nothing is under way.
    var isIdle: Bool { errand == nil && queue.isEmpty }

    func freezeEngine() throws(SessionError) -> SecretBytes? { try engine?.freeze() }

    func adopt(_ engine: consuming OTREngine) { self.engine = consume engine }

    func hold(_ offer: OTROffer?, _ body: String?) { (self.offer, offered) = (offer, body) }
}

extension OTRSession {
    private static func isPiece(_ body: String) -> Bool { body.hasPrefix("?OTR,") || body.hasPrefix("?OTR|") }

    /// Holds an offer against the policy.
    /// - Returns: What is told instead of an answer; nothing where libotr may answer.
    private func consider(_ offer: OTROffer, _ body: String) -> Step? {
        let spoken = offer.versions.contains { number in policy.versions.contains { $0.rawValue == number } }
        guard spoken else {
            // what is said beside a tag is said in the clear, whatever the tag offers
            guard offer.form != .tag else { return nil }
            return Step(roll.next(), events: [.offered(offer.versions)], failure: .unsupported)
        }
        let needed: OTRPolicy.Answers = offer.form == .tag ? .tags : .queries
        guard policy.answers < needed, phase == .fresh || phase == .ended else { return nil }
        // a tag is answered by a query
        (self.offer, offered) = (offer, offer.form == .tag ? nil : body)
        // the text with a tag is the host's to show, as one that came in the clear
        let failure: SessionError? = offer.form == .tag ? .unauthentic : nil
        let events: [Event] = [.offered(offer.versions)] + (offer.form == .tag ? [.unencrypted] : [])
        return Step(roll.next(), events: events, failure: failure)
    }

    /// Carries a call out, hands it out or lets it wait.
    private func call(_ call: OTRCall) throws(SessionError) -> Step {
        if errand != nil {
            let length = queue.reduce(call.length) { $0 + $1.call.length }
            guard queue.count < OTRSession.queueLimit, length <= OTRSession.lengthLimit else { throw .busy }
            let waiting = Waiting(ticket: roll.next(), call: call)
            queue.append(waiting)
            return Step(waiting.ticket, isWaiting: true)
        }
        return try carryOut(Waiting(ticket: roll.next(), call: call))
    }

    private func carryOut(_ waiting: Waiting) throws(SessionError) -> Step {
        try standing.check(waiting.call, at: now)
        guard let key else { return askForKey(waiting) }
        if engine == nil {
            engine = try OTREngine(account: account, peer: standing.peer, key: key, tag: tag, policy: policy)
        }
        guard let engine = engine.take() else { throw .backend(code: 0) }
        if let refusal = OTRSession.refusal(of: waiting.call, engine) {
            self.engine = consume engine
            throw refusal
        }
        if !standing.others.isEmpty, let shown = engine.shownKey { standing.turn(to: shown) }
        let (call, peerKey, now) = (waiting.call, standing.key, now)
        guard !engine.isHeavy(call) else {
            let assignment = Assignment<OTREngine, OTRReturn>(handing: engine) { engine in
                engine.work(call, for: peerKey, at: now)
            }
            errand = .call(assignment, waiting)
            let kind: Job.Kind = if case .verify = call { .verification } else { .decryption }
            return Step(waiting.ticket, isWaiting: true, needs: [.work(assignment.job(kind))])
        }
        return try take(engine.work(call, for: peerKey, at: now), waiting)
    }

    private static func refusal(of call: OTRCall, _ engine: borrowing OTREngine) -> SessionError? {
        guard call.length <= lengthLimit else { return .limitExceeded }
        guard case .receive = call else { return nil }
        if engine.bufferedLength + call.length > lengthLimit {
            engine.forgetFragments()
            return .limitExceeded
        }
        return engine.contextCount < contextLimit ? nil : .limitExceeded
    }

    private func take(_ returned: consuming OTRReturn, _ waiting: Waiting) throws(SessionError) -> Step {
        let outcome = returned.outcome
        engine = consume returned.engine
        let report = try outcome.get()
        var step = standing.judge(report, of: waiting.call, waiting.ticket, at: now)
        announced = report.extraKey
        if standing.refusesVerification,
            case .success(let given)? = engine?.perform(.abortVerification, for: standing.key, at: now)
        {
            step.outbound += given.messages.map { standing.message($0) }
        }
        if case .encrypt(let text) = waiting.call, step.failure == nil { lastWord = LastWord(text, at: now) }
        if step.events.contains(.peerReportedError) { lastWord?.noteUnread() }
        repeatLastWord(into: &step)
        return step
    }

    /// Says again what the other end could not read, once keys were agreed on anew with whom it was said to.
    private func repeatLastWord(into step: inout Step) {
        guard let key = standing.key, step.events.contains(.established(key)) || step.events.contains(.refreshed(key)),
            let text = lastWord?.wanted(at: now)
        else { return }
        lastWord = nil
        guard case .success(let report)? = engine?.perform(.encrypt(text), for: key, at: now) else { return }
        step.outbound += report.messages.map { standing.message($0) }
        step.events.append(.resent)
    }

    private func askForKey(_ waiting: Waiting) -> Step {
        let assignment = Assignment<BareJID, Result<OTRPrivateKey, SessionError>>(handing: account) { account in
            Result { () throws(SessionError) in try OTRPrivateKey.generate(for: account) }
        }
        errand = .key(assignment)
        queue.insert(waiting, at: 0)
        return Step(waiting.ticket, isWaiting: true, needs: [.work(assignment.job(.keyGeneration))])
    }

    private func conclude(key result: consuming Assignment<BareJID, Result<OTRPrivateKey, SessionError>>.Result)
        -> [Step]
    {
        let failure: SessionError
        switch consume result {
        case .abandoned: failure = .abandoned
        case .done(let outcome):
            switch outcome {
            case .failure(let error): failure = error
            case .success(let key):
                self.key = key
                var steps = drain()
                if !steps.isEmpty { steps[0].events.insert(.keyGenerated(key.fingerprint), at: 0) }
                return steps
            }
        }
        let failed = queue
        queue = []
        return failed.map { Step($0.ticket, failure: failure) }
    }

    private func conclude(_ waiting: Waiting, _ result: consuming Assignment<OTREngine, OTRReturn>.Result) -> Step {
        switch consume result {
        case .abandoned(let engine):
            self.engine = consume engine
            return Step(waiting.ticket, failure: .abandoned)
        case .done(let returned):
            do {
                return try take(returned, waiting)
            } catch {
                return Step(waiting.ticket, failure: error)
            }
        }
    }

    /// Carries out what waits, up to the next job.
    private func drain() -> [Step] {
        var steps: [Step] = []
        while errand == nil, !queue.isEmpty {
            let waiting = queue.removeFirst()
            do {
                steps.append(try carryOut(waiting))
            } catch {
                steps.append(Step(waiting.ticket, failure: error))
            }
        }
        return steps
    }
}

extension String {
    /// Whether a zero byte is in it, at which libotr would stop.
    fileprivate var hasZero: Bool {
        var copy = self
        return copy.withUTF8 { bytes in
            guard let base = bytes.baseAddress else { return false }
            return unsafe memchr(base, 0, bytes.count) != nil
        }
    }
}
