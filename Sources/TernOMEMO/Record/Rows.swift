// Owns the joint between records and a store: which row a thing lies in, and the store's failures in the session's terms.

internal import TernCore
internal import TernCrypto
internal import TernRatchet

extension StoreTransaction {
    /// Puts a row.
    mutating func save(_ row: borrowing SecretBytes, _ table: Table, _ key: RowKey) throws(SessionError) {
        do throws(StoreError) { try put(row.span, table, key) } catch { throw .store(error) }
    }

    /// Removes a group.
    mutating func drop(_ table: Table, group: Int64) throws(SessionError) {
        for key in try list(table, in: group) { try drop(table, key) }
    }

    /// The keys of a group, or of all.
    func list(_ table: Table, in group: Int64? = nil) throws(SessionError) -> [RowKey] {
        try rethrowing { () throws(StoreError) in
            guard let group else { return try keys(table) }
            return try keys(table, in: group)
        }
    }

    private func rethrowing<Result: ~Copyable>(
        _ body: () throws(StoreError) -> Result
    ) throws(SessionError) -> Result {
        do throws(StoreError) { return try body() } catch { throw .store(error) }
    }
}

extension Version {
    /// The number that stands for the version in row keys.
    var number: Int64 { Int64(suite.id) }

    /// The place of the version in lists of one value a version.
    var place: Int {
        switch self {
        case .v03: 0
        case .v2: 1
        }
    }
}

extension RowKey {
    /// The row of a session.
    static func session(_ number: Int64) -> RowKey { RowKey(number) }

    /// The row of a kept message key: its chain in the order in which chains came, and its number.
    static func skipped(_ session: Int64, chain: Int64, index: UInt32) -> RowKey {
        RowKey(session, chain << 32 | Int64(index))
    }

    /// The row of a one-time prekey that was used and is kept until a catch-up ends.
    static func used(_ id: UInt32, _ version: Version) -> RowKey {
        RowKey(usedGroup(version), Int64(id))
    }

    /// The group of these: no version's number.
    static func usedGroup(_ version: Version) -> Int64 { 0x100 | version.number }

    /// The row of a one-time prekey that is no longer published.
    static func retiredPreKey(_ id: UInt32, _ version: Version) -> RowKey {
        RowKey(retired(version), Int64(id))
    }

    /// The group of the one-time prekeys that are no longer published.
    static func retired(_ version: Version) -> Int64 { 16 + version.number }

    /// The row of a bundle.
    static func bundle(_ contact: Int64, _ device: DeviceID, _ version: Version) -> RowKey {
        RowKey(contact, Int64(device.value) << 2 | version.number)
    }

    /// The row of a device.
    static func device(_ contact: Int64, _ device: DeviceID) -> RowKey {
        RowKey(contact, Int64(device.value))
    }
}

/// The rows of ``TernCore/Table/setting``.
enum Setting {
    static let ownDevice = RowKey(1)
    static let counters = RowKey(2)
    /// When a catch-up began, while it goes on.
    static let catchUp = RowKey(3)
    /// The versions whose own device list was never seen.
    static let unseen = RowKey(6)
    /// What a person has set.
    static let account = RowKey(16)
    static let departure = RowKey(4)
    static let arrival = RowKey(5)
    /// When this device left OMEMO, while it is gone.
    static let left = RowKey(7)
    /// That this device's number was another's before it was announced.
    static let taken = RowKey(8)
    /// That what this device publishes was given to somebody before the account's lists were seen.
    static let shown = RowKey(9)
    /// When this account's other devices were last heard.
    static let signs = RowKey(10)
}
