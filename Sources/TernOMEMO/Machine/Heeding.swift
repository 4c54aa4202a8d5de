// Owns which decisions of others about keys count, and when (XEP-0450). It must not know how they came, nor what is sent.

public import TernCore
internal import TernCrypto
internal import TernRatchet
internal import TernXML

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
    func carryOut(
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

    func carryOut(
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
