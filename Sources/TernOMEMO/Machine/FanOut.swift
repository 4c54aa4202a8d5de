// Owns who gets a message, and on which session: worked out before anything changes. It must not know how it is encrypted.

internal import TernCore
internal import TernCrypto
internal import TernRatchet

/// Who gets a message, worked out before anything changes.
struct FanOut {
    /// A device and the session that it gets the message on.
    typealias Target = (device: KnownDevice, session: LiveSession)

    /// A device that a session is started with.
    struct Start {
        let contact: KnownContact
        let device: DeviceID
        let version: Version
        let bundle: KnownBundle
    }

    let draft: Draft
    let absent: [Node: Event.Reason]
    let now: Timestamp
    /// By ``Version/place``.
    var targets: [[Target]] = [[], []]
    var starts: [Start] = []
    /// Devices of the account at hand that have not answered for long, by ``Version/place``.
    var silent: [(target: Target, place: Int)] = []
    var missing: [Node] = []
    var events: [Event] = []
    var accounts: [BareJID] = []
    var refusal: SessionError?
    /// Members of the room that get it, and those that do not.
    private var (reached, unreached) = (0, 0)

    /// Devices that will get the message.
    var count: Int { targets[0].count + targets[1].count + starts.count }

    /// Whether anybody gets it in whose room it is said.
    var hasReaders: Bool { unreached == 0 || reached > 0 }

    init(_ draft: Draft, without absent: [Node: Event.Reason], at now: Timestamp) {
        self.draft = draft
        self.absent = absent
        self.now = now
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

    /// A recipient of whom no device can get it. In a room the others get it all the same, and it is said who does not; nobody
    /// else is written to who cannot read it.
    mutating func leaveOut(_ jid: BareJID, after told: Int) {
        let isDistrust = events[told...].contains(where: \.isDistrust)
        guard draft.room != nil else { return refuse(isDistrust ? .untrusted : .materialMissing) }
        unreached += 1
        var reason = Event.Reason.noDevices
        if case .device(_, .leftOut(let why)) = events[told...].last { reason = why }
        events.append(.memberLeftOut(jid, reason))
    }

    mutating func reach() { reached += 1 }

    mutating func leaveOut(_ device: DeviceAddress, _ reason: Event.Reason) {
        events.append(.device(device, .leftOut(reason)))
    }
}

extension OMEMOMachine {
    /// Finds the devices of an account, and what each of them gets the message on.
    func survey(
        _ jid: BareJID, _ plan: inout FanOut, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) {
        let contact = try cache.contact(jid, in: transaction)
        plan.accounts.append(jid)
        let (before, missing, told) = (plan.count, plan.missing.count, plan.events.count)
        let isOwn = jid == account
        // what was said of a conversation holds for no room
        if plan.draft.room == nil, let contact, try optOut(of: contact, in: transaction) != nil {
            return plan.refuse(.ended, .optedOut(jid, reason: nil))
        }
        // Of this account nothing more is known than this device; of others a list has to be asked for.
        if !isOwn {
            for version in plan.draft.versions where contact?.list(version) == nil {
                plan.miss(DeviceList.node(of: jid, version: version))
            }
        }
        if let contact {
            let roster = contact.listed(for: plan.draft.versions)
            for place in 0..<roster.count {
                let listed = roster[place]
                if isOwn, listed.id == own.id { continue }
                try survey(listed, of: contact, &plan, in: transaction)
            }
            for device in contact.listed(beyond: plan.draft.versions) where !isOwn || device != own.id {
                plan.leaveOut(DeviceAddress(jid, device), .otherVersion)
            }
        }
        // Devices that never answer are left alone where there are others: a chain that is never turned protects less and less.
        let hasOthers = isOwn || plan.count > before || plan.missing.count > missing
        for (target, place) in plan.silent {
            if hasOthers { plan.leaveOut(target.device.address, .silent) } else { plan.targets[place].append(target) }
        }
        plan.silent = []
        // This account's other devices are not what a message is for.
        guard !isOwn else { return }
        guard plan.count == before, plan.missing.count == missing else { return plan.reach() }
        if let contact, look(again: contact, &plan) { return }
        plan.leaveOut(jid, after: told)
    }

    /// Asks for lists once more that were empty long ago: somebody may have begun to use OMEMO since.
    private func look(again contact: KnownContact, _ plan: inout FanOut) -> Bool {
        var isOld = false
        for version in plan.draft.versions {
            guard let list = contact.list(version), list.devices.isEmpty else { return false }
            isOld = isOld || Days(1).have(passedSince: list.received, at: plan.now)
        }
        let nodes = plan.draft.versions.map { DeviceList.node(of: contact.jid, version: $0) }
        guard isOld, nodes.allSatisfy({ plan.absent[$0] == nil }) else { return false }
        for node in nodes { plan.miss(node) }
        return !plan.missing.isEmpty
    }

    private func survey(
        _ listed: Roster.Listed, of contact: KnownContact, _ plan: inout FanOut,
        in transaction: borrowing some StoreTransaction
    ) throws(SessionError) {
        let (id, device) = (listed.id, listed.device)
        var address: DeviceAddress { DeviceAddress(contact.jid, id) }
        if let device {
            switch device.record.trust {
            case .distrusted: return plan.leaveOut(address, .distrusted)
            case .undecided: return plan.refuse(.untrusted, .device(address, .undecided(device.fingerprint)))
            case .firstUse, .verified: break
            }
        }
        var reason = Event.Reason.noBundle
        for (number, version) in plan.draft.versions.enumerated() where listed.versions & 1 << number != 0 {
            if number > 0, version == .v03, let device, device.record.edwards != nil {
                // What it spoke once it speaks still, whatever a server has or has not, unless a person says otherwise.
                let event = Event.device(address, .downgraded(version.scheme))
                guard plan.draft.room == nil else { return plan.events.append(event) }
                return plan.refuse(.downgrade, event)
            }
            if let device, let session = try device.liveSession(version, of: own, in: transaction),
                session.ratchet.canSend
            {
                guard let limit = upkeep.silence, session.ratchet.unanswered >= limit else {
                    return plan.targets[version.place].append((device, session))
                }
                return plan.silent.append(((device, session), version.place))
            }
            if let bundle = try contact.bundle(id, version, in: transaction), !bundle.preKeys.isEmpty {
                if let device, !device.record.hasKey(bundle.signedPreKey.identity, version) {
                    let now = Fingerprint(bundle.signedPreKey.identity.x25519)
                    return plan.refuse(
                        .untrusted, .device(address, .keyChanged(accepted: device.fingerprint, now: now)))
                }
                if device == nil, try trustOfNewKey(of: contact, in: transaction) == .undecided {
                    let key = Fingerprint(bundle.signedPreKey.identity.x25519)
                    return plan.refuse(.untrusted, .device(address, .undecided(key)))
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
    func begin(
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

extension Event {
    /// Whether a device was left out because a person refused its key.
    fileprivate var isDistrust: Bool {
        if case .device(_, .leftOut(.distrusted)) = self { true } else { false }
    }
}
