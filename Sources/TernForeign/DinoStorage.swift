// Owns what Dino stores of its accounts' OMEMO: one database for all of them, `omemo.db` (Dino 0.2 to 0.5,
// `plugins/omemo/src/logic/database.vala`, versions 2 to 5 of it). It must not know what becomes of it.

public import TernCore
internal import TernCrypto
public import TernOMEMO

/// A database of Dino.
public struct DinoStorage: ~Copyable {
    private let database: ForeignDatabase
    /// The addresses of accounts by their numbers, where `dino.db` is there to say it.
    private let names: [Int64: BareJID]

    /// Reads a database.
    /// - Parameter accounts: Dino's other database, `dino.db`, which knows whose account each is.
    public init(_ bytes: [UInt8], accounts: [UInt8]? = nil) throws(ForeignError) {
        let names = try accounts.map { accounts throws(ForeignError) in try Self.names(accounts) } ?? [:]
        self.init(try ForeignDatabase(bytes), names)
    }

    private init(_ database: consuming ForeignDatabase, _ names: [Int64: BareJID]) {
        self.database = database
        self.names = names
    }

    private static func names(_ accounts: [UInt8]) throws(ForeignError) -> [Int64: BareJID] {
        var names: [Int64: BareJID] = [:]
        try ForeignDatabase(accounts).rows("SELECT id, bare_jid FROM account", "dino.db") { row throws(ForeignError) in
            guard let number = row.number(0), let text = row.text(1), let jid = try? BareJID(text) else { return }
            names[number] = jid
        }
        return names
    }

    /// An identity of the database.
    private struct Identity {
        let number: Int64
        let account: Int64
        let id: DeviceID
        let secret: [UInt8]
        let publicKey: [UInt8]
    }

    /// A device. It speaks OMEMO 0.3 alone.
    /// - Parameter account: Whose is meant, where there are several, or where nobody says whose it is.
    public func device(of account: BareJID?, at now: Timestamp) throws(ForeignError) -> ForeignDevice {
        let (owner, own) = try choose(account)
        let secret = try LibsignalKeys.identity(own.secret, own.publicKey, "identity")
        var device = ForeignDevice(owner, own.id, secret)
        var keys = ForeignDevice.Keys()
        try records("signed_pre_key", of: own, at: now) { keys.signed.append($0) }
        try records("pre_key", of: own, at: now) { keys.oneTime.append($0) }
        device.keys[.v03] = keys
        device.contacts = try contacts(of: own)
        return device
    }

    private func choose(_ account: BareJID?) throws(ForeignError) -> (BareJID, Identity) {
        var found: [Identity] = []
        try database.rows(
            "SELECT id, account_id, device_id, identity_key_private_base64, identity_key_public_base64 FROM identity",
            "identity"
        ) { row throws(ForeignError) in
            guard let number = row.number(0), let owner = row.number(1),
                let device = row.number(2).flatMap({ UInt32(exactly: $0) }), let id = try? DeviceID(device)
            else { throw .malformed("identity") }
            found.append(
                Identity(
                    number: number, account: owner, id: id, secret: try DinoStorage.base64(row.text(3), "identity"),
                    publicKey: try DinoStorage.base64(row.text(4), "identity")))
        }
        let named = found.filter { names[$0.account] != nil }
        if let account {
            if let one = named.first(where: { names[$0.account] == account }) { return (account, one) }
            guard named.isEmpty, found.count == 1, let one = found.first else {
                throw .ambiguous(named.compactMap { names[$0.account] })
            }
            return (account, one)
        }
        guard found.count == 1, let one = found.first, let owner = names[one.account] else {
            throw .ambiguous(named.compactMap { names[$0.account] })
        }
        return (owner, one)
    }

    /// - Parameter table: `pre_key` or `signed_pre_key`.
    private func records(
        _ table: String, of own: Identity, at now: Timestamp, _ body: (ForeignDevice.PreKey) -> Void
    ) throws(ForeignError) {
        let query =
            "SELECT \(table)_id, record_base64 FROM \(table) WHERE identity_id = \(own.number) ORDER BY \(table)_id"
        try database.rows(query, table) { row throws(ForeignError) in
            let record = try DinoStorage.base64(row.text(1), table)
            body(try LibsignalKeys.preKey(record, row.number(0), table, at: now))
        }
    }

    private func contacts(of own: Identity) throws(ForeignError) -> [ForeignDevice.Contact] {
        var contacts: [BareJID: ForeignDevice.Contact] = [:]
        let query = """
            SELECT address_name, device_id, identity_key_public_base64, trust_level, now_active FROM identity_meta \
            WHERE identity_id = \(own.number)
            """
        try database.rows(query, "identity_meta") { row throws(ForeignError) in
            guard let (jid, id) = row.device(0, 1) else { return }
            var contact = contacts[jid] ?? ForeignDevice.Contact(jid)
            if row.number(4) == 1 { contact.lists[.v03, default: []].append(id) }
            if let text = row.text(2) {
                let key = try LibsignalKeys.fingerprint(try DinoStorage.base64(text, "identity_meta"), "identity_meta")
                contact.trust.append((id, key, DinoStorage.trust(row.number(3))))
            }
            contacts[jid] = contact
        }
        return contacts.values.sorted { $0.jid < $1.jid }
    }

    /// `TrustLevel`: what Dino calls trusted was accepted without a look.
    private static func trust(_ level: Int64?) -> Trust {
        switch level {
        case 0: .verified
        case 1: .firstUse
        case 2: .distrusted
        default: .undecided
        }
    }

    private static func base64(_ text: String?, _ place: String) throws(ForeignError) -> [UInt8] {
        guard let text, let bytes = try? Base64.decode(text) else { throw .malformed(place) }
        return bytes
    }
}
