// Owns what becomes of this account's other devices that give no sign any more. It must not know how lists are published.

public import TernCore
internal import TernCrypto
internal import TernRatchet

extension OMEMOMachine {
    /// For how long this account's other devices may be silent before they are taken off its lists; none for any time. A
    /// device that is still there announces itself again.
    public func expiry(in transaction: borrowing some StoreTransaction) throws(SessionError) -> Days? {
        try settings(in: transaction).expiry
    }

    /// Sets it.
    /// - Throws: ``TernCore/SessionError/misuse`` for no day at all.
    public func setExpiry(_ expiry: Days?, in transaction: inout some StoreTransaction) throws(SessionError) {
        guard expiry?.count != 0 else { throw .misuse }
        var settings = try settings(in: transaction)
        settings.expiry = expiry
        try transaction.save(settings.record, .setting, Setting.account)
        maintained = nil
    }

    /// Takes note that a device of this account has said something.
    func noteSign(of device: DeviceID, at now: Timestamp, in transaction: inout some StoreTransaction)
        throws(SessionError)
    {
        var signs = try signs(in: transaction)
        guard signs.note(heard: device, at: now) else { return }
        try transaction.save(signs.record, .setting, Setting.signs)
    }

    /// Takes note of which devices this account's lists have.
    func noteListed(at now: Timestamp, in transaction: inout some StoreTransaction) throws(SessionError) {
        let lists = try cache.contact(account, in: transaction)?.lists ?? []
        var listed = Set(lists.flatMap { $0?.devices ?? [] })
        listed.remove(own.id)
        var signs = try signs(in: transaction)
        guard signs.note(listed: listed, at: now) else { return }
        try transaction.save(signs.record, .setting, Setting.signs)
    }

    /// Takes devices off the lists that have been silent for too long.
    func expire(at now: Timestamp, in transaction: inout some StoreTransaction) throws(SessionError) -> [Event] {
        guard let expiry = try expiry(in: transaction),
            let contact = try cache.contact(account, in: transaction)
        else { return [] }
        let signs = try signs(in: transaction)
        var events: [Event] = []
        for device in contact.lists.flatMap({ $0?.devices ?? [] }).unique where device != own.id {
            guard let last = signs[device], expiry.have(passedSince: last, at: now) else { continue }
            try removeFromLists(device, at: now, in: &transaction)
            events.append(.device(DeviceAddress(account, device), .expired))
        }
        return events
    }

    private func signs(in transaction: borrowing some StoreTransaction) throws(SessionError) -> LastSigns {
        guard let row = try transaction.load(.setting, Setting.signs) else { return LastSigns() }
        do throws(RatchetError) { return try LastSigns(row.span) } catch { throw SessionError(error) }
    }
}
