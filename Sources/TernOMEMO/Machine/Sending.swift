// Owns how a message is encrypted: who it is for, on which sessions, and what is missing. It must not know how it is sent.

public import TernCore
internal import TernCrypto
internal import TernRatchet

/// Something to encrypt.
public struct Draft: Sendable {
    /// What is said.
    public var content: Content
    /// To whom, each once; in a room with none its members, as they are known. This account's other devices are recipients
    /// by themselves.
    public let recipients: [BareJID]
    /// The room that it is said in.
    public var room: BareJID?
    /// The versions that may be used, the preferred one first: each device gets the first that it has.
    public var versions: [Version]
    /// Whether devices whose prekeys are missing are left out instead of asked for.
    public var isPartial: Bool

    /// A draft in the newest version that each device has.
    public init(
        _ content: Content, to recipients: [BareJID], room: BareJID? = nil, versions: [Version] = [.v2, .v03],
        isPartial: Bool = false
    ) {
        self.content = content
        self.recipients = recipients.unique
        self.room = room
        self.versions = versions
        self.isPartial = isPartial
    }
}

/// What came of a ``Draft``.
public enum Encryption: Sendable {
    /// These nodes have to be fetched first. Nothing has changed.
    case missing([Node])
    /// It is not encrypted, and the events say because of which devices. Nothing has changed.
    case refused(SessionError, [Event])
    /// One message for each version that a recipient needs, for one stanza.
    case sealed([EncryptedMessage], [Event])

    /// The same, and something more that happened.
    public func telling(_ more: [Event]) -> Encryption {
        switch self {
        case .missing: self
        case .refused(let error, let events): .refused(error, more + events)
        case .sealed(let messages, let events): .sealed(messages, more + events)
        }
    }

    /// What else happened.
    public var events: [Event] {
        switch self {
        case .missing: []
        case .refused(_, let events), .sealed(_, let events): events
        }
    }
}

extension OMEMOMachine {
    /// Encrypts a draft for every device of its recipients and for this account's other devices.
    /// - Parameter absent: Nodes of which it is known that they do not exist, or that cannot be had.
    /// - Throws: ``TernCore/SessionError/unsupported`` for content that a recipient's version cannot carry, and what the
    ///   store throws.
    public func encrypt(
        _ draft: Draft, without absent: [Node: Event.Reason] = [:], at now: Timestamp,
        in transaction: inout some StoreTransaction
    ) throws(SessionError) -> Encryption {
        guard left == nil else { return .refused(.ended, [.device(address, .withdrawn)]) }
        var plan = FanOut(draft, without: absent, at: now)
        var recipients = draft.recipients
        if let room = draft.room, recipients.isEmpty {
            guard let members = try members(of: room, in: transaction) else {
                return .refused(.materialMissing, [.unknownRoom(room)])
            }
            recipients = members.map(\.jid)
        }
        for jid in recipients where jid != account { try survey(jid, &plan, in: transaction) }
        try survey(account, &plan, in: transaction)
        if let refusal = plan.refusal { return .refused(refusal, plan.events) }
        guard plan.missing.isEmpty else { return .missing(plan.missing.unique) }
        // A note to oneself, where there is no other device to read it.
        guard plan.count > 0, plan.hasReaders else { return .refused(.materialMissing, plan.events) }
        for start in plan.starts {
            let target = try begin(start, at: now, &plan, in: &transaction)
            plan.targets[start.version.place].append(target)
        }
        for jid in plan.accounts { cache.touch(jid) }
        var messages: [EncryptedMessage] = []
        for version in draft.versions where !plan.targets[version.place].isEmpty {
            messages.append(
                try seal(draft, for: plan.targets[version.place], version, at: now, in: &transaction))
        }
        if let room = draft.room, let message = messages.first {
            try keep(draft.content, saidAs: message, in: room, at: now, &transaction)
        }
        return .sealed(messages, plan.events)
    }

    /// An empty message for one device: it confirms a session, or turns its ratchet, and says nothing.
    func empty(
        for device: KnownDevice, on session: LiveSession, at now: Timestamp,
        in transaction: inout some StoreTransaction
    ) throws(SessionError) -> Outbound {
        let message = try emptyMessage(for: device, on: session, in: &transaction)
        return Outbound(
            to: .chat(JID(device.address.jid)), .element(message.element),
            companions: Companions.elements(for: [session.version], fallback: nil))
    }

    /// An empty message for a device that there is a session with.
    /// - Throws: ``TernCore/SessionError/noSession``.
    package func emptyMessage(
        for address: DeviceAddress, _ version: Version, in transaction: inout some StoreTransaction
    ) throws(SessionError) -> EncryptedMessage {
        guard let device = try cache.changing(address.jid, in: &transaction).device(address.device),
            let session = try device.liveSession(version, of: own, in: transaction), session.ratchet.canSend
        else { throw .noSession }
        return try emptyMessage(for: device, on: session, in: &transaction)
    }

    private func emptyMessage(
        for device: KnownDevice, on session: LiveSession, in transaction: inout some StoreTransaction
    ) throws(SessionError) -> EncryptedMessage {
        let content = EmptyContent(session.version, &keys.entropy)
        let keys = try seal(content.keyMaterial, for: [(device, session)], in: &transaction)
        return EncryptedMessage(empty: session.version, iv: content.iv, from: own.id, keys: keys)
    }
}

// MARK: - Encrypting

extension OMEMOMachine {
    func seal(
        _ draft: Draft, for targets: [FanOut.Target], _ version: Version, at now: Timestamp,
        in transaction: inout some StoreTransaction
    ) throws(SessionError) -> EncryptedMessage {
        switch version {
        case .v03:
            guard let body = draft.content.onlyText else { throw .unsupported }
            let sealed = try BodyPayload.sealed(body, entropy: &keys.entropy)
            let keys = try seal(sealed.keyMaterial, for: targets, in: &transaction)
            return EncryptedMessage(sealed.payload, from: own.id, keys: keys)
        case .v2:
            // Where there are several recipients and no room, the envelope names none of them.
            let to = draft.room ?? (draft.recipients.count == 1 ? draft.recipients.first : nil)
            let envelope = try Envelope(
                draft.content, from: account, to: to, time: now, entropy: &keys.entropy
            ).bytes()
            let sealed = try EnvelopePayload.sealed(envelope.span, entropy: &keys.entropy)
            let keys = try seal(sealed.keyMaterial, for: targets, in: &transaction)
            return EncryptedMessage(sealed.payload, from: own.id, keys: keys)
        }
    }
}

extension Content {
    /// The text, where nothing else is said: a body alone is what OMEMO 0.3 can carry.
    fileprivate var onlyText: String? {
        switch self {
        case .text(let text): text
        case .elements(let elements): elements.count == 1 ? text : nil
        }
    }
}

extension Array where Element: Hashable {
    /// The elements, each once, in the order of their first places.
    package var unique: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
