// Owns which decisions of others about keys count, and when (XEP-0450). It must not know how they came, nor what is sent.

public import TernCore
internal import TernCrypto
internal import TernRatchet
internal import TernXML

/// What one call has changed about trust.
struct TrustChanges {
    /// Keys that a person here has authenticated.
    var authenticated: [KnownDevice] = []
    /// Keys that a person here has distrusted.
    var distrusted: [KnownDevice] = []
    /// Keys that a trust message has authenticated: what those have said counts now.
    var believed: [KnownDevice] = []
    /// Those of them that a contact has vouched for, which this account's other devices did not hear.
    var forwarded: [KnownDevice] = []
    var events: [Event] = []
}

extension OMEMOMachine {
    /// Whether trust messages decide about keys, and are sent.
    public func isTrustAutomatic(in transaction: borrowing some StoreTransaction) throws(SessionError) -> Bool {
        try settings(in: transaction).isAutomatic
    }

    /// Sets whether trust messages decide about keys, and are sent. What came before and waits counts from now on.
    public func setTrustAutomatic(
        _ isAutomatic: Bool, at now: Timestamp, in transaction: inout some StoreTransaction
    ) throws(SessionError) -> [Event] {
        var settings = try settings(in: transaction)
        guard settings.isAutomatic != isAutomatic else { return [] }
        settings.isAutomatic = isAutomatic
        try transaction.save(settings.record, .setting, Setting.account)
        guard isAutomatic else { return [] }
        var changes = TrustChanges()
        for jid in try contacts(in: transaction) + [account] {
            let known = try cache.contact(jid, in: transaction)?.allDevices ?? []
            changes.believed += known.filter { $0.record.trust == .verified }
        }
        return try conclude(changes, at: now, in: &transaction)
    }

    /// Takes what an authenticated message says about keys, and out of what people read.
    /// - Returns: The rest of the content; none where there is none.
    func heed(
        _ content: Content?, of device: KnownDevice, _ arrival: Arrival, claimedTime: Timestamp?, at now: Timestamp,
        _ events: inout [Event], in transaction: inout some StoreTransaction
    ) throws(SessionError) -> Content? {
        guard case .elements(let elements)? = content, arrival.message.version == .v2, arrival.incoming.room == nil
        else { return content }
        let said = elements.filter { $0.matches("trust-message", TrustMessage.namespace) }
        guard let first = said.first else { return content }
        let rest = elements.filter { !$0.matches("trust-message", TrustMessage.namespace) }
        let remaining: Content? = rest.isEmpty ? nil : .elements(rest)
        do throws(SessionError) {
            let message = try TrustMessage(first)
            // The time is what keeps an old decision from undoing a newer one (XEP-0434 §sce-profile).
            guard said.count == 1, let claimedTime else { throw .malformed }
            events += try heed(message, of: device, said: claimedTime, at: now, in: &transaction)
        } catch .unsupported {
            return content
        } catch .malformed {
            events.append(.device(device.address, .trustIgnored(said.count)))
        } catch .limitExceeded {
            events.append(.device(device.address, .trustIgnored(said.count)))
        }
        return remaining
    }

    private func heed(
        _ message: TrustMessage, of sender: KnownDevice, said: Timestamp, at now: Timestamp,
        in transaction: inout some StoreTransaction
    ) throws(SessionError) -> [Event] {
        let counts = try settings(in: transaction).isAutomatic && sender.record.trust == .verified
        let group = try cache.changing(sender.address.jid, in: &transaction).number
        var changes = TrustChanges()
        var (held, ignored) = (0, 0)
        for owner in message.owners {
            let words = owner.trusted.map { ($0, true) } + owner.distrusted.map { ($0, false) }
            // A contact speaks for its own keys alone, this account's devices for everybody's.
            guard sender.address.jid == account || owner.jid == sender.address.jid else {
                ignored += words.count
                continue
            }
            for (key, isTrusted) in words {
                let decision = PendingDecision(
                    owner.jid, key, isTrusted: isTrusted, by: sender.record.identity, made: min(said, now))
                if counts, try carryOut(decision, by: sender, &changes, in: &transaction) { continue }
                if try keep(decision, in: group, &transaction) { held += counts ? 0 : 1 } else { ignored += 1 }
            }
        }
        if held > 0 { changes.events.append(.device(sender.address, .trustHeld(held))) }
        if ignored > 0 { changes.events.append(.device(sender.address, .trustIgnored(ignored))) }
        return try conclude(changes, at: now, in: &transaction)
    }

    /// Carries out what somebody who is believed has decided.
    /// - Returns: Whether the key is known.
    private func carryOut(
        _ decision: PendingDecision, by sender: KnownDevice, _ changes: inout TrustChanges,
        in transaction: inout some StoreTransaction
    ) throws(SessionError) -> Bool {
        // This device's own key is not a matter of trust.
        if decision.owner == account, decision.key.bytes == own.encodedIdentity(.v2) { return true }
        let known = try cache.contact(decision.owner, in: transaction)?.allDevices ?? []
        let devices = known.filter { $0.record.isNamed(by: decision.key) }
        for device in devices {
            try carryOut(decision, on: device, by: sender, &changes, in: &transaction)
        }
        return !devices.isEmpty
    }

    private func carryOut(
        _ decision: PendingDecision, on device: KnownDevice, by sender: KnownDevice, _ changes: inout TrustChanges,
        in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        let key = sender.record.identity
        let decider = sender.address.jid == account ? Decider.ownDevice(key) : .contact(key)
        let wanted = decision.isTrusted ? Trust.verified : .distrusted
        guard device.record.trust != wanted else { return }
        guard device.record.gives(way: decision, of: decider) else {
            changes.events.append(.device(sender.address, .trustIgnored(1)))
            return
        }
        cache.touch(device.address.jid)
        device.record.trust = wanted
        device.record.decided = decision.made
        device.record.decider = decider
        try device.save(in: &transaction)
        guard decision.isTrusted else {
            try forgetWords(of: device, in: &transaction)
            changes.events.append(.device(device.address, .distrusted(device.fingerprint, by: sender.address)))
            return
        }
        changes.believed.append(device)
        if case .contact = decider { changes.forwarded.append(device) }
        changes.events.append(.device(device.address, .authenticated(device.fingerprint, by: sender.address)))
    }
}

extension RemoteDevice {
    /// Whether a decision of others takes the place of what is known. A person's refusal is a person's to take back, and
    /// this account's own devices are not contradicted by a contact's; else the later word counts.
    fileprivate func gives(way decision: PendingDecision, of decider: Decider) -> Bool {
        switch trust {
        case .undecided, .firstUse: return true
        case .distrusted where decider.rank < self.decider.rank: return false
        case .distrusted, .verified:
            // Claimed times are whole seconds.
            return decision.made.milliseconds / 1000 >= decided.milliseconds / 1000
        }
    }
}

// MARK: - What waits

extension OMEMOMachine {
    /// Keeps a decision until its key is known and whoever made it is believed. Of two by the same one the later counts.
    /// - Returns: False where too much waits already.
    func keep(
        _ decision: PendingDecision, in group: Int64, _ transaction: inout some StoreTransaction
    ) throws(SessionError) -> Bool {
        let key = decision.row(in: group)
        if let row = try transaction.load(.contact, key) {
            let before: PendingDecision
            do throws(RatchetError) { before = try PendingDecision(row.span) } catch { throw SessionError(error) }
            guard before.made <= decision.made else { return true }
            if before.made == decision.made, !before.isTrusted { return true }
        } else if decision.sender != nil,
            try transaction.list(.contact, in: group).count > PendingDecision.limit
        {
            return false
        }
        try transaction.save(decision.record, .contact, key)
        return true
    }

    private func pending(
        in group: Int64, _ transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> [(key: RowKey, decision: PendingDecision)] {
        var found: [(key: RowKey, decision: PendingDecision)] = []
        for key in try transaction.list(.contact, in: group) where key.item != 0 {
            guard let row = try transaction.load(.contact, key) else { throw .store(.damaged) }
            do throws(RatchetError) {
                found.append((key, try PendingDecision(row.span)))
            } catch {
                throw SessionError(error)
            }
        }
        return found.sorted { $0.decision.made < $1.decision.made }
    }

    /// Forgets what a device has said that does not count yet.
    func forgetWords(of device: KnownDevice, in transaction: inout some StoreTransaction) throws(SessionError) {
        guard let group = try transaction.find(device.address.jid) else { return }
        for (key, decision) in try pending(in: group, transaction) where decision.sender == device.record.identity {
            try transaction.drop(.contact, key)
        }
    }

    /// Carries out what was decided about a key before it was known.
    func settle(_ device: KnownDevice, at now: Timestamp, in transaction: inout some StoreTransaction)
        throws(SessionError) -> [Event]
    {
        var changes = TrustChanges()
        let isAutomatic = try settings(in: transaction).isAutomatic
        let jid = device.address.jid
        for speaker in jid == account ? [jid] : [account, jid] {
            guard let group = try transaction.find(speaker) else { continue }
            for (key, decision) in try pending(in: group, transaction)
            where decision.owner == jid && device.record.isNamed(by: decision.key) {
                if let word = decision.sender {
                    let known = try cache.contact(speaker, in: transaction)?.allDevices ?? []
                    guard isAutomatic,
                        let sender = known.first(where: { $0.record.identity == word && $0.record.trust == .verified })
                    else { continue }
                    try carryOut(decision, on: device, by: sender, &changes, in: &transaction)
                } else {
                    device.record.trust = decision.isTrusted ? .verified : .distrusted
                    device.record.decided = decision.made
                    device.record.decider = .local
                    try device.save(in: &transaction)
                    if decision.isTrusted {
                        changes.authenticated.append(device)
                    } else {
                        changes.distrusted.append(device)
                    }
                }
                try transaction.drop(.contact, key)
            }
        }
        return try conclude(changes, at: now, in: &transaction)
    }

    /// Lets those speak whose keys are authenticated now, one after the other, and tells others what a person has decided.
    func conclude(
        _ changes: TrustChanges, at now: Timestamp, in transaction: inout some StoreTransaction
    ) throws(SessionError) -> [Event] {
        var changes = changes
        for device in changes.distrusted { try forgetWords(of: device, in: &transaction) }
        guard try settings(in: transaction).isAutomatic else { return changes.events }
        var speakers = changes.authenticated + changes.believed
        var heard: Set<DeviceAddress> = []
        while let speaker = speakers.popLast() {
            guard speaker.record.trust == .verified, heard.insert(speaker.address).inserted,
                let group = try transaction.find(speaker.address.jid)
            else { continue }
            try tighten(around: speaker, in: &transaction)
            let before = changes.believed.count
            for (key, decision) in try pending(in: group, transaction) where decision.sender == speaker.record.identity
            {
                guard try carryOut(decision, by: speaker, &changes, in: &transaction) else { continue }
                try transaction.drop(.contact, key)
            }
            speakers += changes.believed[before...]
        }
        return changes.events + (try announce(changes, at: now, in: &transaction))
    }

    /// Keys that were accepted without a look are not used any more once one was authenticated, where the policy is to
    /// trust blindly until then (XEP-0450 §security).
    private func tighten(
        around device: KnownDevice, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        let jid = device.address.jid
        guard try policy(of: jid, in: transaction) == .blind else { return }
        for other in try cache.changing(jid, in: &transaction).allDevices where other.record.trust == .firstUse {
            other.record.trust = .undecided
            try other.save(in: &transaction)
        }
    }
}
