// Owns what Gajim stores of an account's OMEMO: one database a account, `omemo_….db` (Gajim 1.4 to 2.4,
// `gajim/common/storage/omemo.py`, version 12 of it). It must not know what becomes of it.

public import TernCore
internal import TernCrypto
public import TernOMEMO

/// A database of Gajim.
public struct GajimStorage: ~Copyable {
    private let database: ForeignDatabase

    /// Reads a database.
    public init(_ bytes: [UInt8]) throws(ForeignError) {
        database = try ForeignDatabase(bytes)
    }

    /// The device. It speaks OMEMO 0.3 alone.
    /// - Parameter account: Whose it is: Gajim does not keep that beside the keys.
    public func device(of account: BareJID?, at now: Timestamp) throws(ForeignError) -> ForeignDevice {
        guard let account else { throw .ambiguous([]) }
        var version: Int64 = 0
        try database.rows("PRAGMA user_version", "the version") { row throws(ForeignError) in
            version = row.number(0) ?? 0
        }
        guard version == GajimStorage.version else { throw .unsupported("version \(version) of the database") }
        let own = try self.own()
        var device = ForeignDevice(account, own.id, try LibsignalKeys.identity(own.secret, own.publicKey, "secret"))
        var keys = ForeignDevice.Keys()
        try database.rows(
            "SELECT prekey_id, record FROM signed_prekeys ORDER BY timestamp, prekey_id", "signed_prekeys"
        ) { row throws(ForeignError) in
            keys.signed.append(
                try LibsignalKeys.preKey(row.bytes(1) ?? [], row.number(0), "signed_prekeys", at: now))
        }
        try database.rows("SELECT prekey_id, record FROM prekeys", "prekeys") { row throws(ForeignError) in
            keys.oneTime.append(try LibsignalKeys.preKey(row.bytes(1) ?? [], row.number(0), "prekeys", at: now))
        }
        device.keys[.v03] = keys
        device.contacts = try contacts()
        return device
    }

    /// The one that is known.
    private static let version: Int64 = 12

    private func own() throws(ForeignError) -> (id: DeviceID, secret: [UInt8], publicKey: [UInt8]) {
        var found: [(id: DeviceID, secret: [UInt8], publicKey: [UInt8])] = []
        try database.rows("SELECT device_id, private_key, public_key FROM secret", "secret") {
            row throws(ForeignError) in
            guard let number = row.number(0).flatMap({ UInt32(exactly: $0) }), let id = try? DeviceID(number) else {
                throw .malformed("secret")
            }
            found.append((id, row.bytes(1) ?? [], row.bytes(2) ?? []))
        }
        guard found.count == 1 else { throw .malformed("secret") }
        return found[0]
    }

    /// Trust is kept by key; which device has it, its session says.
    private func contacts() throws(ForeignError) -> [ForeignDevice.Contact] {
        var levels: [String: Trust] = [:]
        try database.rows("SELECT recipient_id, public_key, trust FROM identities", "identities") {
            row throws(ForeignError) in
            guard let jid = row.text(0), let key = row.bytes(1), !key.isEmpty else { return }
            let fingerprint = try LibsignalKeys.fingerprint(key, "identities")
            levels["\(jid) \(fingerprint)"] = GajimStorage.trust(row.number(2))
        }
        var contacts: [BareJID: ForeignDevice.Contact] = [:]
        try database.rows("SELECT recipient_id, device_id, record, active FROM sessions", "sessions") {
            row throws(ForeignError) in
            guard let name = row.text(0), let (jid, id) = row.device(0, 1) else { return }
            var contact = contacts[jid] ?? ForeignDevice.Contact(jid)
            if row.number(3) == 1 { contact.lists[.v03, default: []].append(id) }
            let key = try LibsignalKeys.fingerprint(ofSession: row.bytes(2) ?? [], "sessions")
            contact.trust.append((id, key, levels["\(name) \(key)"] ?? .undecided))
            contacts[jid] = contact
        }
        return contacts.values.sorted { $0.jid < $1.jid }
    }

    /// omemo-dr's `OMEMOTrust`.
    private static func trust(_ level: Int64?) -> Trust {
        switch level {
        case 0: .distrusted
        case 1: .verified
        case 3: .firstUse
        default: .undecided
        }
    }
}
