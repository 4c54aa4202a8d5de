// Owns an account's wish to be written to in the clear, and what a person makes of it (XEP-0384 §opt-out). It must not know
// how anything is sent in the clear.

public import TernCore
internal import TernCrypto
internal import TernRatchet
internal import TernXML

/// How far an account's wish to be written to in the clear has come. Either way nothing is encrypted to it.
public enum OptOut: UInt8, Hashable, Sendable {
    /// It was said, and no person has decided.
    case asked = 1
    /// A person has agreed: what is said there from now on, other programs say in the clear.
    case confirmed = 2
}

extension OMEMOMachine {
    /// Whether an account wants to be written to in the clear.
    public func optOut(
        of jid: BareJID, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> OptOut? {
        guard let contact = try cache.contact(jid, in: transaction) else { return nil }
        return try optOut(of: contact, in: transaction)
    }

    func optOut(
        of contact: KnownContact, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> OptOut? {
        try contactSettings(contact.number, in: transaction).optOut
    }

    /// Decides about it: agrees, or goes on encrypting.
    /// - Parameter isConfirmed: Whether the wish is agreed to.
    /// - Throws: ``TernCore/SessionError/misuse`` where nobody has asked.
    public func decideOptOut(
        of jid: BareJID, isConfirmed: Bool, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        guard try optOut(of: jid, in: transaction) != nil else { throw .misuse }
        let contact = try cache.changing(jid, in: &transaction)
        try setOptOut(isConfirmed ? .confirmed : nil, of: contact, in: &transaction)
    }

    /// Takes note of the wish, where a message of a device that is believed says it.
    func noteOptOut(
        _ content: Content?, of device: KnownDevice, _ arrival: Arrival, _ events: inout [Event],
        in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        guard case .elements(let elements)? = content, arrival.message.version == .v2, arrival.incoming.room == nil,
            device.address.jid != account, device.record.trust != .undecided,
            let wish = elements.first(where: { $0.matches("opt-out", arrival.message.version.namespace) })
        else { return }
        let contact = try cache.changing(device.address.jid, in: &transaction)
        try setOptOut(.asked, of: contact, in: &transaction)
        events.append(.optedOut(contact.jid, reason: wish.elements("reason").first?.text))
    }

    private func setOptOut(
        _ optOut: OptOut?, of contact: KnownContact, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        var settings = try contactSettings(contact.number, in: transaction)
        settings.optOut = optOut
        try save(settings, contact.number, in: &transaction)
    }

    /// A contact of which nothing is set has no row.
    func save(
        _ settings: ContactSettings, _ number: Int64, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        guard settings != ContactSettings() else { return try transaction.drop(.contact, RowKey(number)) }
        try transaction.save(settings.record, .contact, RowKey(number))
    }

    func contactSettings(
        _ number: Int64, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> ContactSettings {
        guard let row = try transaction.load(.contact, RowKey(number)) else { return ContactSettings() }
        do throws(RatchetError) { return try ContactSettings(row.span) } catch { throw SessionError(error) }
    }
}
