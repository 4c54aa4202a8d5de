// Owns the ways in which a file can fail to be an account. No path, no row, nobody's name.

public import TernCore

/// Why an account was not written to a file, or not read from one.
public enum ArchiveError: Error, Hashable, Sendable {
    /// The file is no account of Tern's.
    case foreign
    /// A later version of Tern wrote it.
    case newer(version: Int)
    /// The passphrase is not the one that it was sealed with.
    case wrongPassphrase
    /// It is not as it was written: changed, cut off, lengthened, or its pieces are in another order.
    case unauthentic
    /// It is as it was written, and makes no sense.
    case malformed
    /// Somebody's passphrase costs more than a computer should give for it, or the memory for it is not there.
    case limitExceeded
    /// The store gave no row, or took none.
    case store(StoreError)
    /// The bytes could not be read or written; whoever reads or writes them knows why.
    case stream
    /// A library refuses.
    case backend
}
