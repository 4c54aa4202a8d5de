// Owns what a person changes in this account's own device lists. It must not know how they are published.

public import TernCore
internal import TernCrypto
internal import TernRatchet
internal import TernXML

extension OMEMOMachine {
    /// Takes another device off this account's own lists, and has them published: nobody encrypts to it any more. What is
    /// known of it stays, so that what it sent before can be read.
    /// - Throws: ``TernCore/SessionError/misuse`` for this device itself, ``TernCore/SessionError/materialMissing`` for one
    ///   that is on no list.
    public func removeFromLists(
        _ id: DeviceID, at now: Timestamp, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        guard id != own.id else { throw .misuse }
        let contact = try cache.changing(account, in: &transaction)
        var isListed = false
        for version in Version.allCases {
            guard var list = contact.list(version), list.devices.contains(id) else { continue }
            isListed = true
            list.devices.removeAll { $0 == id }
            list.received = now
            try contact.setList(list, version, in: &transaction)
            try enqueue(.publishDeviceList(version), in: &transaction)
        }
        guard isListed else { throw .materialMissing }
        // one that comes back has as long as any other
        try noteListed(at: now, in: &transaction)
    }

    /// Names this device, and has the list of OMEMO 2 published, in which alone there are names.
    /// - Parameter label: The name; an empty one takes it away.
    /// - Throws: ``TernCore/SessionError/limitExceeded`` for more than ``ListedDevice/labelLimit`` bytes of UTF-8,
    ///   ``TernCore/SessionError/malformed`` for what XML cannot carry.
    public func setLabel(_ label: String, in transaction: inout some StoreTransaction) throws(SessionError) {
        guard label.utf8.count <= ListedDevice.labelLimit else { throw .limitExceeded }
        guard (try? Element("label", namespace: "", attributes: ["text": label]).serialized()) != nil else {
            throw .malformed
        }
        var settings = try settings(in: transaction)
        guard settings.label != label else { return }
        settings.label = label
        try transaction.save(settings.record, .setting, Setting.account)
        // A list that was never looked at is published when it was.
        guard try !isUnseen(.v2, in: transaction) else { return }
        try enqueue(.publishDeviceList(.v2), in: &transaction)
    }
}

// MARK: - What was never looked at

extension OMEMOMachine {
    /// Whether this account's own list may hold devices that are not known here: a list is never built from nothing.
    func isUnseen(
        _ version: Version, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> Bool {
        try unseen(in: transaction).contains(version)
    }

    func setUnseen(_ versions: [Version], in transaction: inout some StoreTransaction) throws(SessionError) {
        guard !versions.isEmpty else { return try transaction.drop(.setting, Setting.unseen) }
        var writer = RecordWriter(capacity: 8)
        writer.write(UnseenLists.format)
        writer.write(UInt8(versions.count))
        for version in versions { writer.write(version.suite.id) }
        try transaction.save(writer.finish(), .setting, Setting.unseen)
    }

    /// The own list of a version was looked at.
    /// - Returns: Whether that is the first time.
    func noteSeen(_ version: Version, in transaction: inout some StoreTransaction) throws(SessionError) -> Bool {
        let unseen = try unseen(in: transaction)
        guard unseen.contains(version) else { return false }
        try setUnseen(unseen.filter { $0 != version }, in: &transaction)
        return true
    }

    func unseen(in transaction: borrowing some StoreTransaction) throws(SessionError) -> [Version] {
        guard let row = try transaction.load(.setting, Setting.unseen) else { return [] }
        do throws(RatchetError) {
            var reader = RecordReader(row.span)
            try reader.format(UnseenLists.format)
            var versions: [Version] = []
            for _ in 0..<(try reader.byte()) {
                guard let version = Version(suite: try reader.byte()) else { throw .malformedRecord }
                versions.append(version)
            }
            try reader.finish()
            return versions
        } catch {
            throw SessionError(error)
        }
    }
}

private enum UnseenLists {
    static let format: UInt8 = 1
}
