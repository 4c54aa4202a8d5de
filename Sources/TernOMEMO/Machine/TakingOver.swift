// Owns a device of another program going on here: its key, its prekeys, what it knew. It must not know the program.
//
// Nobody can tell whether the other program runs again. So its prekeys are read with and not published, as those of an account
// file, and of its sessions nothing is taken that could be sent with.

public import TernCore
public import TernCrypto
internal import TernRatchet

extension OMEMOMachine {
    /// Makes a device of what another program had of it.
    /// - Parameter passage: What names the file that it comes from, and when it is taken.
    /// - Throws: ``TernCore/SessionError/misuse`` where there is a device already, ``TernCore/SessionError/malformed`` for what is no
    ///   identity key, ``TernCore/SessionError/store(_:)``.
    public static func takeOver(
        _ foreign: borrowing ForeignDevice, _ passage: Passage, in transaction: inout some StoreTransaction,
        upkeep: Upkeep = Upkeep(), entropy: any Entropy & Sendable = SystemEntropy()
    ) throws(SessionError) -> OMEMOMachine {
        guard passage.file.count == Passage.fileLength else { throw .misuse }
        guard try transaction.load(.setting, Setting.ownDevice) == nil else { throw .misuse }
        let device = OwnDevice.record(foreign.device, foreign.identity, at: passage.at)
        do throws(RatchetError) { _ = try OwnDevice(device.span) } catch { throw .malformed }
        try transaction.save(device, .setting, Setting.ownDevice)
        try transaction.save(Counters().record, .setting, Setting.counters)
        try transaction.save(passage.record, .setting, Setting.arrival)
        let machine = try OMEMOMachine(of: foreign.account, in: transaction, upkeep: upkeep, entropy: entropy)
        for (version, keys) in foreign.keys { try machine.take(keys, version, in: &transaction) }
        try machine.renewPreKeys(at: passage.at, in: &transaction)
        for contact in foreign.contacts { try machine.take(contact, at: passage.at, in: &transaction) }
        try machine.listItself(at: passage.at, in: &transaction)
        try machine.finish(in: &transaction)
        return machine
    }

    private func take(
        _ keys: ForeignDevice.Keys, _ version: Version, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        for (table, list) in [(Table.signedPreKey, keys.signed), (.preKey, keys.oneTime)] {
            for key in list {
                // beyond what anybody may publish
                guard key.id <= 0x7FFF_FFFF else { throw .malformed }
                let pair = X25519KeyPair(X25519PrivateKey(key.key.duplicate()))
                let row = StoredPreKey(pair, made: key.made)
                try transaction.save(row.record, table, RowKey(version.number, Int64(key.id)))
            }
        }
        let place = version.place
        if let signed = keys.signed.last { counters.signedPreKey[place] = signed.id }
        counters.preKey[place] = Counters.following(keys.oneTime.map(\.id).max() ?? 0)
    }

    private func take(
        _ foreign: ForeignDevice.Contact, at now: Timestamp, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        let contact = try cache.changing(foreign.jid, in: &transaction)
        for (version, devices) in foreign.lists {
            try contact.setList(KnownList(devices.unique, received: now), version, in: &transaction)
        }
        for each in foreign.trust {
            let address = DeviceAddress(foreign.jid, each.device)
            if address == self.address { continue }
            try decide(each.trust, address, fingerprint: each.key, at: now, in: &transaction)
        }
    }

    /// This device is on its account's lists, as far as it knows them. What others have published there is looked at before
    /// anything is published.
    private func listItself(at now: Timestamp, in transaction: inout some StoreTransaction) throws(SessionError) {
        let contact = try cache.changing(account, in: &transaction)
        for version in Version.allCases {
            var list = contact.list(version) ?? KnownList([], received: now)
            guard !list.devices.contains(own.id) else { continue }
            list.devices.append(own.id)
            try contact.setList(list, version, in: &transaction)
        }
        try enqueue(.fetchDeviceLists(account), in: &transaction)
    }
}
