// Owns what an account keeps of its moves: in which file it left this store, or came to it. It must not know files.

public import TernCore
internal import TernCrypto
internal import TernRatchet

/// A move of an account, into a file or out of one.
public struct Passage: Hashable, Sendable {
    private static let format: UInt8 = 1
    /// Bytes of a file's name.
    public static let fileLength = 16

    /// What names the file: random bytes.
    public let file: [UInt8]
    /// When it was.
    public let at: Timestamp

    /// A move by way of the file with this name.
    public init(_ file: [UInt8], at: Timestamp) {
        self.file = file
        self.at = at
    }

    init(_ record: Span<UInt8>) throws(RatchetError) {
        var reader = RecordReader(record)
        try reader.format(Passage.format)
        file = try reader.take(Passage.fileLength).array
        at = try reader.time()
        try reader.finish()
    }

    var record: SecretBytes {
        var writer = RecordWriter(capacity: 32)
        writer.write(Passage.format)
        writer.write(file.span)
        writer.write(at)
        return writer.finish()
    }
}

extension OMEMOMachine {
    /// Rows that say something of a store, and do not go along with the account.
    public static let storeRows = [Setting.departure]

    /// Which file the account has left in, where it has.
    public static func departure(in transaction: borrowing some StoreTransaction) throws(SessionError) -> Passage? {
        try passage(Setting.departure, in: transaction)
    }

    /// Which file the account came in, where it did.
    public static func arrival(in transaction: borrowing some StoreTransaction) throws(SessionError) -> Passage? {
        try passage(Setting.arrival, in: transaction)
    }

    /// Ends the account's use in this store: all that would change it is refused with ``TernCore/StoreError/moved``. What it
    /// has lies where it was, so that it can be written to a file once more.
    public static func depart(
        _ passage: Passage, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        guard passage.file.count == Passage.fileLength else { throw .misuse }
        try transaction.save(passage.record, .setting, Setting.departure)
    }

    private static func passage(
        _ key: RowKey, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> Passage? {
        guard let row = try transaction.load(.setting, key) else { return nil }
        do throws(RatchetError) { return try Passage(row.span) } catch { throw SessionError(error) }
    }
}
