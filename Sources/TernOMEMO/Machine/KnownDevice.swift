// Owns another device as it lies in memory: its record, and the sessions that were read. It must not know why they are used.

internal import TernCore
internal import TernCrypto
internal import TernRatchet

/// Another device, with its live sessions where they have been read.
final class KnownDevice {
    private let account: KnownAccount
    private let id: DeviceID
    var record: RemoteDevice
    /// The live sessions that were read: what a fan-out asks for without looking anything up.
    private var live03: LiveSession?
    private var live2: LiveSession?
    /// Other sessions that were read, by number.
    private var others: [Int64: LiveSession] = [:]

    /// Whose it is, and its number.
    var address: DeviceAddress { DeviceAddress(account.jid, id) }
    /// Where its row is.
    var key: RowKey { .device(account.number, id) }

    init(_ id: DeviceID, of account: KnownAccount, _ record: RemoteDevice) {
        self.id = id
        self.account = account
        self.record = record
    }

    /// The session that messages are sent on.
    func liveSession(
        _ version: Version, of own: OwnDevice, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> LiveSession? {
        if let session = live(version) { return session }
        guard let number = record.sessions[version.place].first else { return nil }
        // not by way of the others: a dictionary keeps its memory when it is empty again
        let session: LiveSession
        if let known = others[number] { session = known } else { session = try read(number, of: own, in: transaction) }
        if !others.isEmpty { others[number] = nil }
        setLive(session, version)
        return session
    }

    /// A session of this device.
    func session(
        _ number: Int64, of own: OwnDevice, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> LiveSession {
        if let live03, live03.number == number { return live03 }
        if let live2, live2.number == number { return live2 }
        if let session = others[number] { return session }
        let session = try read(number, of: own, in: transaction)
        others[number] = session
        return session
    }

    private func read(
        _ number: Int64, of own: OwnDevice, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> LiveSession {
        guard let session = try LiveSession.load(number, of: own, in: transaction) else { throw .store(.damaged) }
        return session
    }

    private func live(_ version: Version) -> LiveSession? {
        switch version {
        case .v03: live03
        case .v2: live2
        }
    }

    private func setLive(_ session: LiveSession?, _ version: Version) {
        switch version {
        case .v03: live03 = session
        case .v2: live2 = session
        }
    }

    /// Puts a session at the head, to be sent on from now on. Those beyond the archive's limit are removed.
    func promote(
        _ session: LiveSession, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        try place(session, at: 0, in: &transaction)
    }

    /// Keeps a new session behind the live one.
    func archive(
        _ session: LiveSession, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        try place(session, at: 1, in: &transaction)
    }

    private func place(
        _ session: LiveSession, at index: Int, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        let place = session.version.place
        var numbers = record.sessions[place].filter { $0 != session.number }
        numbers.insert(session.number, at: min(index, numbers.count))
        while numbers.count > RemoteDevice.archiveLimit + 1, let oldest = numbers.popLast() {
            try LiveSession.drop(oldest, in: &transaction)
            forget(oldest, session.version)
        }
        record.sessions[place] = numbers
        if let live = live(session.version), live.number != numbers.first {
            others[live.number] = live
            setLive(nil, session.version)
        }
        if numbers.first == session.number {
            if !others.isEmpty { others[session.number] = nil }
            setLive(session, session.version)
        } else {
            others[session.number] = session
        }
        try save(in: &transaction)
    }

    /// Removes all sessions of a version.
    func dropSessions(_ version: Version, in transaction: inout some StoreTransaction) throws(SessionError) {
        for number in record.sessions[version.place] {
            try LiveSession.drop(number, in: &transaction)
            forget(number, version)
        }
        record.sessions[version.place] = []
        try save(in: &transaction)
    }

    private func forget(_ number: Int64, _ version: Version) {
        others[number] = nil
        if live(version)?.number == number { setLive(nil, version) }
    }

    /// Writes the device's row.
    func save(in transaction: inout some StoreTransaction) throws(SessionError) {
        try transaction.save(record.record, .device, key)
    }
}
