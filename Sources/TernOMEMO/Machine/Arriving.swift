// Owns what becomes of a device whose rows come out of a file: what is still good, and what another copy may have used. It
// must not know files.
//
// Nobody can tell whether the rows go on elsewhere: in the store that they come from, or in a second one from the same file.
// So nothing is used that a copy could use as well. No message is sent on a session of the file, since two copies would
// encrypt two messages with one key; what comes is read. No prekey of the file is published, and no stored bundle of
// another device, since its prekeys may be used by now.

public import TernCore
public import TernCrypto
internal import TernRatchet

extension OMEMOMachine {
    /// Makes a device out of rows that lie in the transaction already.
    ///
    /// Its sessions fall silent, its bundles get new prekeys, and what has to be published or fetched waits. All rows are read on the way:
    /// what cannot be read is found now.
    /// - Throws: ``TernCore/SessionError/store(_:)``, of ``TernCore/StoreError/damaged`` where something in the rows is not what it
    ///   should be.
    public static func arrive(
        _ account: BareJID, _ passage: Passage, from provenance: Provenance,
        in transaction: inout some StoreTransaction, upkeep: Upkeep = Upkeep(),
        entropy: any Entropy & Sendable = SystemEntropy()
    ) throws(SessionError) -> OMEMOMachine {
        guard passage.file.count == Passage.fileLength else { throw .misuse }
        try transaction.drop(.setting, Setting.departure)
        try transaction.save(passage.record, .setting, Setting.arrival)
        let machine: OMEMOMachine
        do throws(SessionError) {
            machine = try OMEMOMachine(of: account, in: transaction, upkeep: upkeep, entropy: entropy)
        } catch .store(.missing) {
            throw .store(.damaged)
        }
        try machine.silenceSessions(in: &transaction)
        for key in try transaction.list(.bundle) { try transaction.drop(.bundle, key) }
        try machine.settleOutbox(provenance, in: &transaction)
        try machine.renewPreKeys(at: passage.at, in: &transaction)
        try machine.readContacts(in: transaction)
        try machine.finish(in: &transaction)
        return machine
    }

    private func silenceSessions(in transaction: inout some StoreTransaction) throws(SessionError) {
        for key in try transaction.list(.session) {
            guard let session = try LiveSession.load(key.group, of: own, in: transaction) else {
                throw .store(.damaged)
            }
            session.fallSilent()
            try session.save(in: &transaction)
        }
    }

    /// What waits was encrypted once and can be sent again as it is. From a store that has gone on it says nothing new, and the
    /// device list that it has published since must not be overwritten.
    private func settleOutbox(
        _ provenance: Provenance, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        if provenance == .copy {
            try transaction.drop(.outbox, group: OutboxGroup.message)
            for version in Version.allCases { try transaction.drop(.outbox, .list(version)) }
        }
        _ = try outstanding(in: transaction)
        // where this device is no longer on its account's list, the list is published once it is known
        try enqueue(.fetchDeviceLists(account), in: &transaction)
    }

    func renewPreKeys(at now: Timestamp, in transaction: inout some StoreTransaction) throws(SessionError) {
        for version in Version.allCases {
            try retirePreKeys(version, in: &transaction)
            // numbers that a copy has not given to keys of its own
            let place = version.place
            counters.preKey[place] = skipped(counters.preKey[place])
            let signed = counters.signedPreKey[place]
            counters.signedPreKey[place] = skipped(signed)
            try rotateSignedPreKey(version, after: signed, at: now, in: &transaction)
            try refillPreKeys(version, at: now, in: &transaction)
            try enqueue(.publishBundle(version), in: &transaction)
        }
    }

    private func skipped(_ id: UInt32) -> UInt32 {
        let next = id + 0x1000 + keys.entropy.number(below: 1 << 20)
        return next > 0x7FFF_FFFF ? 1 + next - 0x7FFF_FFFF : next
    }

    /// Every session belongs to a device, and all that is known of devices can be read.
    private func readContacts(in transaction: borrowing some StoreTransaction) throws(SessionError) {
        _ = try settings(in: transaction)
        let addresses: [(jid: BareJID, number: Int64)]
        do throws(StoreError) { addresses = try transaction.numbers() } catch { throw .store(error) }
        for (jid, number) in addresses {
            let contact = try KnownContact(jid, number, in: transaction)
            _ = try ownPolicy(of: jid, in: transaction)
            for device in contact.allDevices {
                for version in Version.allCases {
                    for session in device.record.sessions[version.place] {
                        guard try transaction.load(.session, .session(session)) != nil else { throw .store(.damaged) }
                    }
                }
            }
        }
    }
}
