// Owns how a message is encrypted: who it is for, on which sessions, and what is missing. It must not know how it is sent.

public import TernCore
internal import TernCrypto
internal import TernRatchet
/// Something to encrypt.
public struct Draft: Sendable {
    /// What is said.
    public var content: Content
    /// To whom. This account's other devices are recipients by themselves.
    public var recipients: [BareJID]
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
        self.recipients = recipients
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
        var plan = FanOut(draft, without: absent)
        for jid in draft.recipients.unique where jid != account { try survey(jid, &plan, in: transaction) }
        try survey(account, &plan, in: transaction)
        if let refusal = plan.refusal { return .refused(refusal, plan.events) }
        guard plan.missing.isEmpty else { return .missing(plan.missing.unique) }
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
            let session = try device.liveSession(version, of: own, in: transaction)
        else { throw .noSession }
        return try emptyMessage(for: device, on: session, in: &transaction)
    }

    private func emptyMessage(
        for device: KnownDevice, on session: LiveSession, in transaction: inout some StoreTransaction
    ) throws(SessionError) -> EncryptedMessage {
        let content = EmptyContent(session.version, &keys.entropy)
        let key = try seal(content.keyMaterial, on: session, for: device, in: &transaction)
        return EncryptedMessage(empty: session.version, iv: content.iv, from: own.id, keys: [key])
    }
}

// MARK: - Who it is for

/// Who gets a message, worked out before anything changes.
private struct FanOut {
    /// A device and the session that it gets the message on.
    typealias Target = (device: KnownDevice, session: LiveSession)

    /// A device that a session is started with.
    struct Start {
        let contact: KnownContact
        let device: DeviceID
        let version: Version
        let bundle: KnownBundle
    }

    /// A device on a list, and which of the draft's versions the lists name it for, a bit for each.
    struct Choice {
        let device: DeviceID
        var versions: UInt
    }

    let draft: Draft
    let absent: [Node: Event.Reason]
    /// By ``Version/place``.
    var targets: [[Target]] = [[], []]
    var starts: [Start] = []
    var missing: [Node] = []
    var events: [Event] = []
    var accounts: [BareJID] = []
    var refusal: SessionError?

    /// Devices that will get the message.
    var count: Int { targets[0].count + targets[1].count + starts.count }

    init(_ draft: Draft, without absent: [Node: Event.Reason]) {
        self.draft = draft
        self.absent = absent
    }

    mutating func refuse(_ error: SessionError, _ event: Event? = nil) {
        // A key that nobody has decided about is what a person can do something about.
        if refusal == nil || error == .untrusted { refusal = error }
        if let event { events.append(event) }
    }

    /// Something that is not there: it is asked for, unless it is known that it cannot be had.
    /// - Returns: Why it cannot be had.
    @discardableResult
    mutating func miss(_ node: Node) -> Event.Reason? {
        let reason = absent[node] ?? (draft.isPartial ? .unknownBundle : nil)
        switch reason {
        case nil: missing.append(node)
        // Not knowing whether there is somebody is no reason to leave them out.
        case .unknownBundle? where !draft.isPartial: refuse(.materialMissing)
        default: break
        }
        return reason
    }

    mutating func leaveOut(_ device: DeviceAddress, _ reason: Event.Reason) {
        events.append(.device(device, .leftOut(reason)))
    }
}

extension OMEMOMachine {
    /// Finds the devices of an account, and what each of them gets the message on.
    private func survey(
        _ jid: BareJID, _ plan: inout FanOut, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) {
        let contact = try cache.contact(jid, in: transaction)
        plan.accounts.append(jid)
        let (before, missing) = (plan.count, plan.missing.count)
        let choices = choices(of: jid, contact, &plan)
        if let contact {
            let isOwn = jid == account
            for choice in choices where !isOwn || choice.device != own.id {
                try survey(choice, of: contact, &plan, in: transaction)
            }
        }
        // Nobody is written to who cannot read it. This account's other devices are not what a message is for.
        if jid != account, plan.count == before, plan.missing.count == missing {
            plan.refuse(.materialMissing)
        }
    }

    /// The devices on the lists of an account.
    private func choices(of jid: BareJID, _ contact: KnownContact?, _ plan: inout FanOut) -> [FanOut.Choice] {
        var choices: [FanOut.Choice] = []
        var places: [DeviceID: Int] = [:]
        for (number, version) in plan.draft.versions.enumerated() {
            guard let list = contact?.list(version) else {
                // Of this account nothing more is known than this device; of others a list has to be asked for.
                if jid != account { plan.miss(DeviceList.node(of: jid, version: version)) }
                continue
            }
            // A list names a device once: one alone needs no looking up.
            if number == plan.draft.versions.count - 1, choices.isEmpty {
                return list.devices.map { FanOut.Choice(device: $0, versions: 1 << number) }
            }
            places.reserveCapacity(list.devices.count)
            for device in list.devices {
                if let place = places[device] {
                    choices[place].versions |= 1 << number
                } else {
                    places[device] = choices.count
                    choices.append(FanOut.Choice(device: device, versions: 1 << number))
                }
            }
        }
        return choices
    }

    private func survey(
        _ choice: FanOut.Choice, of contact: KnownContact, _ plan: inout FanOut,
        in transaction: borrowing some StoreTransaction
    ) throws(SessionError) {
        let id = choice.device
        let device = contact.device(id)
        var address: DeviceAddress { DeviceAddress(contact.jid, id) }
        if let device {
            switch device.record.trust {
            case .distrusted: return plan.leaveOut(address, .distrusted)
            case .undecided: return plan.refuse(.untrusted, .device(address, .undecided(device.fingerprint)))
            case .firstUse, .verified: break
            }
        }
        var reason = Event.Reason.noBundle
        for (number, version) in plan.draft.versions.enumerated() where choice.versions & 1 << number != 0 {
            if let device, let session = try device.liveSession(version, of: own, in: transaction) {
                return plan.targets[version.place].append((device, session))
            }
            if let bundle = try contact.bundle(id, version, in: transaction), !bundle.preKeys.isEmpty {
                if let device, !device.record.hasKey(bundle.signedPreKey.identity, version) {
                    let now = Fingerprint(bundle.signedPreKey.identity.x25519)
                    return plan.refuse(
                        .untrusted, .device(address, .keyChanged(accepted: device.fingerprint, now: now)))
                }
                return plan.starts.append(
                    FanOut.Start(contact: contact, device: id, version: version, bundle: bundle))
            }
            guard let why = plan.miss(BundlePlace(id, version: version).node(of: contact.jid)) else { return }
            reason = why
        }
        plan.leaveOut(address, reason)
    }

    /// Starts a session (X3DH §3.3) with one of the prekeys, each as likely as the others.
    private func begin(
        _ start: FanOut.Start, at now: Timestamp, _ plan: inout FanOut, in transaction: inout some StoreTransaction
    ) throws(SessionError) -> FanOut.Target {
        cache.touch(start.contact.jid)
        let version = start.version
        var bundle = start.bundle
        let choice = Int(keys.entropy.number(below: UInt32(bundle.preKeys.count)))
        let preKey = bundle.preKeys.remove(at: choice)
        try start.contact.setBundle(bundle, start.device, version, in: &transaction)
        let session: LiveSession
        do throws(RatchetError) {
            let begun = try X3DH.initiate(
                from: own.identity, to: bundle.signedPreKey, preKey, suite: version.suite, keys: &keys)
            let origin = LiveSession.Origin(begun.exchange)
            session = LiveSession(
                counters.session, version, origin, isPending: true, began: now, ratchet: begun.takeRatchet())
        } catch {
            throw SessionError(error)
        }
        counters.session += 1
        let device = try remember(
            bundle.signedPreKey.identity, start.device, of: start.contact, version, at: now, &plan.events,
            in: &transaction)
        try device.promote(session, in: &transaction)
        plan.events.append(.device(device.address, .sessionStarted(version.scheme)))
        return (device, session)
    }
}

// MARK: - Encrypting

extension OMEMOMachine {
    private func seal(
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

    private func seal(
        _ keyMaterial: borrowing SecretBytes, for targets: [FanOut.Target],
        in transaction: inout some StoreTransaction
    ) throws(SessionError) -> [EncryptedKey] {
        var keys: [EncryptedKey] = []
        keys.reserveCapacity(targets.count)
        for (device, session) in targets {
            keys.append(try seal(keyMaterial, on: session, for: device, in: &transaction))
        }
        return keys
    }

    /// Key material through a session, in a key exchange until the other side has answered. The new state is in the
    /// transaction when this returns.
    func seal(
        _ keyMaterial: borrowing SecretBytes, on session: LiveSession, for device: KnownDevice,
        in transaction: inout some StoreTransaction
    ) throws(SessionError) -> EncryptedKey {
        let version = session.version
        let exchange = session.isPending ? session.exchange(of: own) : nil
        var key: EncryptedKey?
        let changes: RatchetChanges
        do throws(RatchetError) {
            var failure: RatchetError?
            changes = try version.seal(keyMaterial.span, with: &session.ratchet, keys: &keys) { message in
                do throws(RatchetError) {
                    key = try EncryptedKey(message, in: exchange, version, for: device.address)
                } catch {
                    failure = error
                }
            }.changes
            if let failure { throw failure }
        } catch {
            throw SessionError(error)
        }
        guard let key else { throw .backend(code: -1) }
        try session.save(changes, cold: false, in: &transaction)
        return key
    }
}

extension EncryptedKey {
    /// A message of the ratchet, in the key exchange that it goes with.
    fileprivate init(
        _ message: Span<UInt8>, in exchange: KeyExchange?, _ version: Version, for address: DeviceAddress
    ) throws(RatchetError) {
        let jid = version == .v2 ? address.jid : nil
        guard let exchange else {
            self.init(for: address.device, of: jid, isKeyExchange: false, bytes: message)
            return
        }
        let bytes = try KeyExchangeElement.encode(exchange, message.array, version)
        self.init(for: address.device, of: jid, isKeyExchange: true, bytes: bytes.span)
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
    fileprivate var unique: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
