// Owns what can be asked of a conversation and what comes of it, wherever the conversation is kept. It must not know where that is.

public import TernCore

/// What can be done in a conversation.
public enum OTRRequest: Sendable {
    /// Invite the other end, or take up what it has offered.
    case start
    /// Encrypt a text.
    case say(String)
    /// Read a message.
    case receive(Incoming)
    /// Begin to compare a secret, perhaps with a question.
    case verify(SharedSecret, question: String?)
    /// Answer a comparison.
    case answer(SharedSecret)
    /// Give up a comparison.
    case abortVerification
    /// Announce the extra symmetric key.
    case extraKey(use: UInt32, data: [UInt8])
    /// Let time pass.
    case poll
    /// End the conversation.
    case end

    /// Asks it of a session.
    /// - Returns: The first step, and the key that was announced.
    public func start(
        on session: OTRSession, at now: Timestamp
    ) throws(SessionError) -> (step: Step, extraKey: ExtraKey?) {
        switch self {
        case .start: (try session.start(at: now), nil)
        case .say(let text): (try session.encrypt(.text(text), at: now), nil)
        case .receive(let incoming): (try session.decrypt(incoming, at: now), nil)
        case .verify(let secret, let question): (try session.verify(secret, question: question, at: now), nil)
        case .answer(let secret): (try session.answer(secret, at: now), nil)
        case .abortVerification: (try session.abortVerification(at: now), nil)
        case .extraKey(let use, let data): try OTRRequest.announce(use, data, on: session, at: now)
        case .poll: (try session.poll(at: now), nil)
        case .end: (try session.end(at: now), nil)
        }
    }

    private static func announce(
        _ use: UInt32, _ data: [UInt8], on session: OTRSession, at now: Timestamp
    ) throws(SessionError) -> (step: Step, extraKey: ExtraKey?) {
        let (step, key) = try session.announceExtraKey(use: use, data: data, at: now)
        return (step, key)
    }

    /// Whether it may take long enough to hold up others: a step of the socialist millionaires' protocol does, and from outside a
    /// long message may be one.
    public var mayTakeLong: Bool {
        switch self {
        case .verify, .answer: true
        case .receive(let incoming):
            if case .body(let body) = incoming.payload { body.hasPrefix("?OTR") } else { false }
        case .start, .say, .abortVerification, .extraKey, .poll, .end: false
        }
    }

    /// Whether a person asks for it, and not the network.
    public var isOurs: Bool { if case .receive = self { false } else { true } }
}

/// What came of a request.
public struct OTROutcome: Sendable {
    /// What is to be sent, shown and known.
    public var step: Step
    /// How far the conversation has come.
    public let phase: Phase
    /// The other end's key, and how far it is trusted.
    public let peerKey: (key: Fingerprint, trust: Trust)?
    /// Extra keys: the one that was announced here, or those that came.
    public let extraKeys: [ExtraKey]
    /// Under what the plaintext is kept until it is acknowledged.
    public internal(set) var receipt: RowKey?
    /// Whether it was read before, and not acknowledged.
    public let isRepeated: Bool

    /// What `steps` have come to together.
    public init(_ steps: [Step], of session: OTRSession, _ extraKey: ExtraKey? = nil) {
        var whole = Step(steps[steps.count - 1].ticket)
        for step in steps {
            whole.outbound += step.outbound
            whole.events += step.events
            whole.plaintext = step.plaintext ?? whole.plaintext
            whole.failure = step.failure ?? whole.failure
        }
        step = whole
        phase = session.phase
        peerKey = session.peerKey
        extraKeys = session.takeExtraKeys() + (extraKey.map { [$0] } ?? [])
        receipt = nil
        isRepeated = false
    }

    init(repeating step: Step, _ peerKey: (key: Fingerprint, trust: Trust)?, _ receipt: RowKey) {
        self.step = step
        phase = .established
        self.peerKey = peerKey
        extraKeys = []
        self.receipt = receipt
        isRepeated = true
    }
}
