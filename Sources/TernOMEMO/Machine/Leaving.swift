// Owns whether this device is announced: that it can leave OMEMO, and come back. It must not know how anything is published
// or withdrawn.

public import TernCore
internal import TernCrypto
internal import TernRatchet

extension OMEMOMachine {
    /// Takes this device off its account's lists and has its bundles withdrawn. From then on nothing is encrypted here and
    /// nothing published; what was sent before is still read.
    /// - Throws: ``TernCore/SessionError/ended`` where it has left already.
    public func leave(at now: Timestamp, in transaction: inout some StoreTransaction) throws(SessionError) {
        guard left == nil else { throw .ended }
        var writer = RecordWriter(capacity: 16)
        writer.write(Departure.format)
        writer.write(now)
        try transaction.save(writer.finish(), .setting, Setting.left)
        left = now
        let contact = try cache.changing(account, in: &transaction)
        for version in Version.allCases {
            if var list = contact.list(version) {
                list.devices.removeAll { $0 == own.id }
                list.received = now
                try contact.setList(list, version, in: &transaction)
            }
            try enqueue(.publishDeviceList(version), in: &transaction)
            try enqueue(.withdrawBundle(version), in: &transaction)
        }
    }

    /// Announces this device: one that has left, or one whose number stood on the account's list before it was announced
    /// and is meant all the same.
    /// - Throws: ``TernCore/SessionError/misuse`` where there is nothing to do.
    public func join(at now: Timestamp, in transaction: inout some StoreTransaction) throws(SessionError) {
        let isTaken = try isNumberTaken(in: transaction)
        guard left != nil || isTaken else { throw .misuse }
        try transaction.drop(.setting, Setting.left)
        left = nil
        try transaction.drop(.setting, Setting.taken)
        if isTaken { try setUnseen([], in: &transaction) }
        let contact = try cache.changing(account, in: &transaction)
        for version in Version.allCases {
            var list = contact.list(version) ?? KnownList([], received: now)
            if !list.devices.contains(own.id) { list.devices.append(own.id) }
            try contact.setList(list, version, in: &transaction)
            try enqueue(.publishDeviceList(version), in: &transaction)
            try enqueue(.publishBundle(version), in: &transaction)
        }
        // what was published before it left may be old
        maintained = nil
        try maintain(at: now, in: &transaction)
    }

    static func left(in transaction: borrowing some StoreTransaction) throws(SessionError) -> Timestamp? {
        guard let row = try transaction.load(.setting, Setting.left) else { return nil }
        do throws(RatchetError) {
            var reader = RecordReader(row.span)
            try reader.format(Departure.format)
            let time = try reader.time()
            try reader.finish()
            return time
        } catch {
            throw SessionError(error)
        }
    }
}

// MARK: - A number that is taken

extension OMEMOMachine {
    /// Whether this device's number stood on the account's list before it was announced: another device has it, or one that
    /// this one replaces.
    public func isNumberTaken(in transaction: borrowing some StoreTransaction) throws(SessionError) -> Bool {
        try transaction.load(.setting, Setting.taken) != nil
    }

    /// Whether a list that was never seen has this device's number, and nobody has it from here.
    func isTaken(_ list: DeviceList, in transaction: borrowing some StoreTransaction) throws(SessionError) -> Bool {
        guard left == nil, list.devices.contains(where: { $0.id == own.id }) else { return false }
        guard try isUnseen(list.version, in: transaction) else { return false }
        return try transaction.load(.setting, Setting.shown) == nil
    }

    /// What this device publishes was given to somebody, who may publish it: from then on its number on a list says nothing.
    public func noteShown(in transaction: inout some StoreTransaction) throws(SessionError) {
        guard try !unseen(in: transaction).isEmpty else { return }
        try mark(Setting.shown, in: &transaction)
    }

    /// Takes note that the number is another's. Nothing is published before a person has decided (``join(at:in:)``).
    func noteTaken(in transaction: inout some StoreTransaction) throws(SessionError) -> [Event] {
        try mark(Setting.taken, in: &transaction)
        return [.device(address, .numberTaken)]
    }

    private func mark(_ setting: RowKey, in transaction: inout some StoreTransaction) throws(SessionError) {
        var writer = RecordWriter(capacity: 1)
        writer.write(Departure.format)
        try transaction.save(writer.finish(), .setting, setting)
    }
}

private enum Departure {
    static let format: UInt8 = 1
}
