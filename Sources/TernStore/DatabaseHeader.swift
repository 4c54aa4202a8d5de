// Owns what the first 100 bytes of a database file say, before SQLite touches it. It must not know what is behind them.

internal import TernCore

/// The header of a database file (SQLite's file format, section 1.3).
enum DatabaseHeader: Equatable {
    /// No file, or nothing in it: no store was made here, or its making did not come to an end.
    case nothing
    /// A database. Where the log has a later header both numbers may be too low.
    case database(application: UInt32, version: UInt32)
    /// Something else.
    case foreign

    /// Bytes in a header.
    static let length = 100

    /// Reads the start of a file.
    init(_ bytes: [UInt8]?) {
        guard let bytes, !bytes.isEmpty else {
            self = .nothing
            return
        }
        guard bytes.count >= Self.length, bytes.starts(with: Self.magic) else {
            self = .foreign
            return
        }
        func number(at start: Int) -> UInt32 { bytes[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) } }
        self = .database(application: number(at: 68), version: number(at: 60))
    }

    private static let magic = Array("SQLite format 3\0".utf8)
}
