// Owns which accounts lie in memory, and that memory is never ahead of the store. It must not know what is done with them.

internal import TernCore

/// The accounts that have been read.
///
/// All changes are made in memory and in a transaction together. Where the transaction, or the part of it that they belong
/// to, comes to nothing, the accounts that it touched are dropped and read again when they are next needed.
final class ContactCache {
    private var contacts: [BareJID: KnownContact] = [:]
    /// Changed in this transaction, or in a part of it that came to nothing.
    private var touched: Set<BareJID> = []
    /// Changed in the latest part of it.
    private var touchedInPart: Set<BareJID> = []

    /// An account, read where it is not in memory; none where nothing is known of it.
    func contact(
        _ jid: BareJID, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> KnownContact? {
        if let contact = contacts[jid] { return contact }
        guard let number = try transaction.find(jid) else { return nil }
        let contact = try KnownContact(jid, number, in: transaction)
        contacts[jid] = contact
        return contact
    }

    /// An account that is about to change, made known where nothing is known of it.
    func changing(
        _ jid: BareJID, in transaction: inout some StoreTransaction
    ) throws(SessionError) -> KnownContact {
        touch(jid)
        if let contact = contacts[jid] { return contact }
        let number = try transaction.name(jid)
        let contact = try KnownContact(jid, number, in: transaction)
        contacts[jid] = contact
        return contact
    }

    /// Says that an account is about to change.
    func touch(_ jid: BareJID) {
        touched.insert(jid)
        touchedInPart.insert(jid)
    }

    /// A part begins that can come to nothing by itself.
    func beginPart() {
        touchedInPart = []
    }

    /// What the latest part changed is not in the transaction. It stays marked: what is read again now may not be in the
    /// store in the end.
    func rollBackPart() {
        for jid in touchedInPart { contacts[jid] = nil }
        touchedInPart = []
    }

    /// What the transaction changed is in the store.
    func commit() {
        touched = []
        touchedInPart = []
    }

    /// What the transaction changed is not in the store.
    func rollBack() {
        for jid in touched { contacts[jid] = nil }
        commit()
    }

    /// Forgets an account.
    func drop(_ jid: BareJID) {
        touch(jid)
        contacts[jid] = nil
    }
}
