// Owns what becomes of a key that nobody has seen before, and what a person has set about that. It must not know how a
// person was asked.

public import TernCore
internal import TernCrypto
internal import TernRatchet

extension OMEMOMachine {
    /// What becomes of new keys of an account: what is set for it, or else for all.
    /// - Parameter jid: None for what holds where nothing else is set.
    public func policy(
        of jid: BareJID? = nil, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> TrustPolicy {
        if let jid, let own = try ownPolicy(of: jid, in: transaction) { return own }
        return try settings(in: transaction).policy
    }

    /// What is set for one account alone.
    public func ownPolicy(
        of jid: BareJID, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> TrustPolicy? {
        guard let number = try transaction.find(jid) else { return nil }
        return try contactSettings(number, in: transaction).policy
    }

    /// Sets what becomes of new keys. Keys that were decided about stay as they are.
    /// - Parameters:
    ///   - policy: None to have for this account what holds for all.
    ///   - jid: The account; none for all that have nothing of their own.
    /// - Throws: ``TernCore/SessionError/misuse`` for neither.
    public func setPolicy(
        _ policy: TrustPolicy?, of jid: BareJID? = nil, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        guard let jid else {
            guard let policy else { throw .misuse }
            var settings = try settings(in: transaction)
            settings.policy = policy
            try transaction.save(settings.record, .setting, Setting.account)
            return
        }
        let number = try cache.changing(jid, in: &transaction).number
        var settings = try contactSettings(number, in: transaction)
        settings.policy = policy
        try save(settings, number, in: &transaction)
    }

    func settings(in transaction: borrowing some StoreTransaction) throws(SessionError) -> AccountSettings {
        guard let row = try transaction.load(.setting, Setting.account) else { return AccountSettings() }
        do throws(RatchetError) { return try AccountSettings(row.span) } catch { throw SessionError(error) }
    }

    /// How far a key is trusted that nobody has seen before.
    func trustOfNewKey(
        of contact: KnownContact, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> Trust {
        switch try policy(of: contact.jid, in: transaction) {
        case .manual: .undecided
        case .blind: contact.allDevices.contains { $0.record.trust == .verified } ? .undecided : .firstUse
        case .firstUse: .firstUse
        }
    }
}
