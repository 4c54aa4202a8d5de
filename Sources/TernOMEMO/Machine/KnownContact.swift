// Owns an account that we talk to as it lies in memory: its device lists and its devices. It must not know why they are
// asked for.

internal import TernCore
internal import TernCrypto
internal import TernRatchet

/// An account and all that is known of its devices.
final class KnownContact {
    private let account: KnownAccount
    /// The device lists by ``Version/place``; none where it was never received.
    private(set) var lists: [KnownList?] {
        didSet { roster = nil }
    }
    private var devices: [DeviceID: KnownDevice] {
        didSet { roster = nil }
    }
    /// What ``listed(for:)`` gave last: a message to many devices looks up none of them.
    private var roster: Roster?

    /// Whose account it is.
    var jid: BareJID { account.jid }
    /// The number that stands for the account in row keys.
    var number: Int64 { account.number }

    /// Reads the rows of an account.
    init(_ jid: BareJID, _ number: Int64, in transaction: borrowing some StoreTransaction) throws(SessionError) {
        account = KnownAccount(jid, number)
        lists = [nil, nil]
        devices = [:]
        for version in Version.allCases {
            guard let row = try transaction.load(.deviceList, RowKey(number, version.number)) else { continue }
            do throws(RatchetError) { lists[version.place] = try KnownList(row.span) } catch {
                throw SessionError(error)
            }
        }
        for key in try transaction.list(.device, in: number) {
            guard let id = DeviceID(row: key.item), let row = try transaction.load(.device, key) else {
                throw .store(.damaged)
            }
            do throws(RatchetError) {
                devices[id] = KnownDevice(id, of: account, try RemoteDevice(row.span))
            } catch {
                throw SessionError(error)
            }
        }
    }

    /// The list of a version.
    func list(_ version: Version) -> KnownList? {
        lists[version.place]
    }

    /// The devices on the lists of some versions, each once, in the order of the lists.
    func listed(for versions: [Version]) -> Roster {
        if let roster, roster.versions == versions { return roster }
        var made = Roster(versions)
        made.reserve(versions.map { list($0)?.devices.count ?? 0 }.max() ?? 0)
        var places: [DeviceID: Int] = [:]
        for (number, version) in versions.enumerated() {
            for id in list(version)?.devices ?? [] {
                if let place = places[id] {
                    made.mark(place, number)
                } else {
                    places[id] = made.count
                    made.append(id, devices[id], number)
                }
            }
        }
        roster = made
        return made
    }

    /// The devices that are on the lists of other versions alone.
    func listed(beyond versions: [Version]) -> [DeviceID] {
        let others = Version.allCases.filter { !versions.contains($0) }
        guard !others.isEmpty else { return [] }
        let listed = Set(versions.flatMap { list($0)?.devices ?? [] })
        return others.flatMap { list($0)?.devices ?? [] }.filter { !listed.contains($0) }
    }

    /// Replaces a list.
    func setList(
        _ list: KnownList, _ version: Version, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        lists[version.place] = list
        try transaction.save(list.record, .deviceList, RowKey(number, version.number))
    }

    /// A device whose key is known.
    func device(_ id: DeviceID) -> KnownDevice? {
        devices[id]
    }

    /// The devices whose keys are known, in the order of their numbers.
    var allDevices: [KnownDevice] {
        devices.values.sorted { $0.address < $1.address }
    }

    /// Adds a device, or puts it in the place of the one with its number.
    func add(
        _ id: DeviceID, _ record: RemoteDevice, in transaction: inout some StoreTransaction
    ) throws(SessionError) -> KnownDevice {
        let device = KnownDevice(id, of: account, record)
        devices[id] = device
        try device.save(in: &transaction)
        return device
    }

    /// Forgets a device and its sessions.
    func remove(_ id: DeviceID, in transaction: inout some StoreTransaction) throws(SessionError) {
        guard let device = devices[id] else { return }
        for version in Version.allCases {
            try device.dropSessions(version, in: &transaction)
            try transaction.drop(.bundle, .bundle(number, id, version))
        }
        devices[id] = nil
        try transaction.drop(.device, device.key)
    }

    /// The bundle of a device, where one is kept.
    func bundle(
        _ id: DeviceID, _ version: Version, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> KnownBundle? {
        guard let row = try transaction.load(.bundle, .bundle(number, id, version)) else { return nil }
        do throws(RatchetError) { return try KnownBundle(row.span) } catch { throw SessionError(error) }
    }

    /// Keeps a bundle.
    func setBundle(
        _ bundle: KnownBundle, _ id: DeviceID, _ version: Version, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        try transaction.save(bundle.record, .bundle, .bundle(number, id, version))
    }
}

/// The devices on an account's lists for some versions.
struct Roster {
    /// A device on a list.
    struct Listed {
        let id: DeviceID
        /// None where its key is not known.
        let device: KnownDevice?
        /// Which of the versions the lists name it for, a bit for each.
        let versions: UInt8
    }

    let versions: [Version]
    // Apart: together they would take a quarter more, and a client has thousands of devices.
    private var ids: [DeviceID] = []
    private var devices: [KnownDevice?] = []
    private var marks: [UInt8] = []

    fileprivate init(_ versions: [Version]) {
        self.versions = versions
    }

    fileprivate mutating func reserve(_ count: Int) {
        ids.reserveCapacity(count)
        devices.reserveCapacity(count)
        marks.reserveCapacity(count)
    }

    fileprivate mutating func append(_ id: DeviceID, _ device: KnownDevice?, _ number: Int) {
        ids.append(id)
        devices.append(device)
        marks.append(1 << number)
    }

    fileprivate mutating func mark(_ place: Int, _ number: Int) {
        marks[place] |= 1 << number
    }

    var count: Int { ids.count }

    subscript(place: Int) -> Listed {
        Listed(id: ids[place], device: devices[place], versions: marks[place])
    }
}

/// Which account a device belongs to: one for all of its devices.
final class KnownAccount: Sendable {
    let jid: BareJID
    /// The number that stands for the account in row keys.
    let number: Int64

    init(_ jid: BareJID, _ number: Int64) {
        self.jid = jid
        self.number = number
    }
}

extension DeviceID {
    /// The device of a row key.
    init?(row item: Int64) {
        guard let number = UInt32(exactly: item), let id = try? DeviceID(number) else { return nil }
        self = id
    }
}
