// Owns that a store which was replaced by an older copy of itself is recognised. It must not know what is in a store.

internal import Glibc
internal import TernCore

/// A count in the database, and a lower bound of it in a small file beside the database.
///
/// The count goes up with the first change after the store was opened, with each 256th change after that, and when a store
/// that was changed is closed: always inside the transaction that changes something, so it costs no write of its own. The
/// bound follows after the commit is durable, so it is never above the count, whenever a process or the power ends. Nothing
/// waits for the bound: where it is lost, torn or cannot be written, it only says less.
///
/// This catches: the database put back from a copy that was made before the last time the store was opened and changed, or
/// was closed, or more than 256 changes ago; and a log (`store.db-wal`) that was taken away with changes like these in it.
///
/// It does not catch: the whole folder put back, with the bound in it, as a snapshot of a file system or of a virtual
/// machine does; a copy that was made and put back between two counts, around a crash; a single sealed row that is put back
/// by somebody who can write to the file; and somebody who removes the bound.
final class Generation: @unchecked Sendable {  // reached inside the connection's `access` alone
    private let descriptor: Int32
    private var count: Int64
    private let isDurable: Bool
    private var changes = 0

    /// Takes the count of the database, and the folder that holds the bound.
    ///
    /// Where a commit may be lost with the power, a bound could be above the count: there is none then.
    init(_ count: Int64, in directory: borrowing StoreDirectory, isDurable: Bool) throws(StoreError) {
        self.count = count
        self.isDurable = isDurable
        descriptor = try directory.open(.generation)
    }

    deinit {
        Glibc.close(descriptor)
    }

    /// The bound; 0 where there is none that can be read.
    static func bound(in directory: borrowing StoreDirectory) throws(StoreError) -> Int64 {
        guard let bytes = try directory.start(of: .generation, count: length), bytes.count == length else { return 0 }
        let count = number(bytes[0..<8])
        // written over in place: a torn one does not fit itself
        return number(bytes[8..<16]) == ~count && count > 0 ? count : 0
    }

    /// The count that the transaction which ends now has to store, if any.
    var next: Int64? {
        changes % Self.interval == 0 ? count + 1 : nil
    }

    /// A transaction that changed something is durable.
    func committed(_ next: Int64?) {
        changes += 1
        guard let next else { return }
        count = next
        guard isDurable else { return }
        let bytes = Self.bytes(next) + Self.bytes(~next)
        _ = unsafe pwrite(descriptor, bytes, bytes.count, 0)
    }

    /// Whether something has changed since the count went up.
    var isBehind: Bool { changes % Self.interval > 1 || (changes > 0 && Self.interval == 1) }

    /// Makes the next change count, however many there were.
    func hurry() {
        changes = 0
    }

    /// Makes the bound durable: once, when a store is closed.
    func synchronise() {
        fdatasync(descriptor)
    }

    /// Changes from one count to the next. The bound is 16 bytes in the system's cache then, a microsecond.
    private static let interval = 256
    private static let length = 16

    private static func bytes(_ number: Int64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * Int64($0))) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int64 {
        bytes.reduce(0) { $0 << 8 | Int64($1) }
    }
}
