// Owns decisions about keys that wait, for the key or for the one who decided to be believed, and their end. It must not
// know how they came.

internal import TernCore
internal import TernCrypto
internal import TernRatchet

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
