// Owns reading another program's SQLite database out of memory: its file is never opened by SQLite, locked or written to. It
// must not know what is in it.

internal import CSQLite

/// A database that was read whole.
@safe
struct ForeignDatabase: ~Copyable {
    private let handle: OpaquePointer

    /// Where SQLite says how a database is journaled: 2 is with a log beside it, which is not needed to read a database that was
    /// closed.
    private static let journal = 18...19

    /// Takes the bytes of a database file.
    /// - Throws: ``ForeignError/malformed(_:)``.
    init(_ bytes: [UInt8]) throws(ForeignError) {
        unsafe handle = try Self.open(bytes)
    }

    private static func open(_ bytes: [UInt8]) throws(ForeignError) -> OpaquePointer {
        guard bytes.count > 100, bytes.starts(with: Array("SQLite format 3\0".utf8)) else {
            throw .malformed("the database")
        }
        var opened: OpaquePointer?
        guard
            unsafe sqlite3_open_v2(":memory:", &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil) == SQLITE_OK,
            let opened = unsafe opened, let buffer = unsafe sqlite3_malloc64(UInt64(bytes.count))
        else {
            unsafe sqlite3_close(opened)
            throw .malformed("the database")
        }
        unsafe bytes.withUnsafeBytes {
            unsafe buffer.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(buffer), byteCount: $0.count)
        }
        let start = unsafe buffer.assumingMemoryBound(to: UInt8.self)
        for place in Self.journal { unsafe start[place] = 1 }
        // the buffer is SQLite's from here on, whatever comes of it
        let flags = UInt32(SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_READONLY)
        let count = sqlite3_int64(bytes.count)
        guard unsafe sqlite3_deserialize(opened, "main", start, count, count, flags) == SQLITE_OK else {
            unsafe sqlite3_close(opened)
            throw .malformed("the database")
        }
        // nothing in the file is run: no trigger, no function, no view of another's making
        _ = unsafe tern_sqlite_set(opened, SQLITE_DBCONFIG_DEFENSIVE, 1)
        _ = unsafe tern_sqlite_set(opened, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
        _ = unsafe tern_sqlite_set(opened, SQLITE_DBCONFIG_ENABLE_VIEW, 0)
        _ = unsafe tern_sqlite_set(opened, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
        return unsafe opened
    }

    deinit { unsafe sqlite3_close(handle) }

    /// A row while it is read.
    @safe
    struct Row: ~Copyable {
        fileprivate let statement: OpaquePointer

        /// A number; nil for anything else.
        func number(_ column: Int32) -> Int64? {
            unsafe sqlite3_column_type(statement, column) == SQLITE_INTEGER
                ? sqlite3_column_int64(statement, column) : nil
        }

        /// Bytes or the bytes of a text; nil for anything else.
        func bytes(_ column: Int32) -> [UInt8]? {
            let type = unsafe sqlite3_column_type(statement, column)
            guard type == SQLITE_BLOB || type == SQLITE_TEXT else { return nil }
            let count = unsafe Int(sqlite3_column_bytes(statement, column))
            guard count > 0, let start = unsafe sqlite3_column_blob(statement, column) else { return [] }
            return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
        }

        /// A text; nil for anything else.
        func text(_ column: Int32) -> String? {
            bytes(column).flatMap { String(validating: $0, as: UTF8.self) }
        }
    }

    /// Reads rows.
    /// - Parameters:
    ///   - query: A question that holds nothing from outside.
    ///   - place: What is read, for the error.
    func rows(
        _ query: String, _ place: String, _ body: (borrowing Row) throws(ForeignError) -> Void
    ) throws(ForeignError) {
        var prepared: OpaquePointer?
        guard unsafe sqlite3_prepare_v2(handle, query, -1, &prepared, nil) == SQLITE_OK, let statement = unsafe prepared
        else { throw .malformed(place) }
        defer { unsafe sqlite3_finalize(statement) }
        var left = ForeignDatabase.limit
        while true {
            let code = unsafe sqlite3_step(statement)
            guard code != SQLITE_DONE else { return }
            guard code == SQLITE_ROW, left > 0 else { throw .malformed(place) }
            left -= 1
            try body(unsafe Row(statement: statement))
        }
    }

    /// More of anything is in no program's database.
    private static let limit = 1_000_000
}
