// Owns the time in which old messages are read by the thousand. It must not know where they come from.

public import TernCore
internal import TernCrypto
internal import TernRatchet

extension OMEMOMachine {
    /// Old messages are going to come, perhaps several that began with the same one-time prekey: until
    /// ``endCatchUp(in:)`` used ones are kept (XEP-0384 §rules). It lasts over a restart.
    public func beginCatchUp(at now: Timestamp, in transaction: inout some StoreTransaction) throws(SessionError) {
        guard catchUp == nil else { return }
        var writer = RecordWriter(capacity: 16)
        writer.write(CatchUp.format)
        writer.write(now)
        try transaction.save(writer.finish(), .setting, Setting.catchUp)
        catchUp = now
    }

    /// The old messages have come: prekeys that were used are gone now.
    public func endCatchUp(in transaction: inout some StoreTransaction) throws(SessionError) {
        guard catchUp != nil else { return }
        for version in Version.allCases {
            try transaction.drop(.preKey, group: RowKey.usedGroup(version))
        }
        try transaction.drop(.setting, Setting.catchUp)
        catchUp = nil
    }

    /// Whether a catch-up goes on.
    public var isCatchingUp: Bool { catchUp != nil }

    static func catchUp(in transaction: borrowing some StoreTransaction) throws(SessionError) -> Timestamp? {
        guard let row = try transaction.load(.setting, Setting.catchUp) else { return nil }
        do throws(RatchetError) {
            var reader = RecordReader(row.span)
            try reader.format(CatchUp.format)
            let begun = try reader.time()
            try reader.finish()
            return begun
        } catch {
            throw SessionError(error)
        }
    }
}

private enum CatchUp {
    static let format: UInt8 = 1
}
