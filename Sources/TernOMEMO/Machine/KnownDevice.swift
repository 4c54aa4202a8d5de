// Owns another device as it lies in memory: its record, and the sessions that were read. It must not know why they are used.

internal import TernCore
internal import TernCrypto
internal import TernRatchet

/// Another device, with its live sessions where they have been read.
final class KnownDevice {
    let address: DeviceAddress
    /// Where its row is.
    let key: RowKey
    var record: RemoteDevice
    /// Sessions that were read, by number.
    private var loaded: [Int64: LiveSession] = [:]
    /// The live sessions by ``Version/place``: what a fan-out asks for without looking anything up.
    private var live: [LiveSession?] = [nil, nil]

    init(_ address: DeviceAddress, _ key: RowKey, _ record: RemoteDevice) {
        self.address = address
        self.key = key
        self.record = record
    }

    /// The session that messages are sent on.
    func liveSession(
        _ version: Version, of own: OwnDevice, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> LiveSession? {
        if let session = live[version.place] { return session }
        guard let number = record.sessions[version.place].first else { return nil }
        live[version.place] = try session(number, of: own, in: transaction)
        return live[version.place]
    }

    /// A session of this device.
    func session(
        _ number: Int64, of own: OwnDevice, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> LiveSession {
        if let session = loaded[number] { return session }
        guard let session = try LiveSession.load(number, of: own, in: transaction) else { throw .store(.damaged) }
        loaded[number] = session
        return session
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
            loaded[oldest] = nil
        }
        record.sessions[place] = numbers
        loaded[session.number] = session
        live[place] = nil
        try save(in: &transaction)
    }

    /// Removes all sessions of a version.
    func dropSessions(_ version: Version, in transaction: inout some StoreTransaction) throws(SessionError) {
        for number in record.sessions[version.place] {
            try LiveSession.drop(number, in: &transaction)
            loaded[number] = nil
        }
        live[version.place] = nil
        record.sessions[version.place] = []
        try save(in: &transaction)
    }

    /// Writes the device's row.
    func save(in transaction: inout some StoreTransaction) throws(SessionError) {
        try transaction.save(record.record, .device, key)
    }
}
