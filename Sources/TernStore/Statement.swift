// Owns one prepared statement of SQLite, kept for the next time. It must not know what it says.

internal import CSQLite
internal import TernCore
internal import TernCrypto

/// A statement that belongs to a connection, and is used by one caller at a time.
///
/// Bytes are bound where they lie, so they are lent for as long as the statement runs.
@safe
struct Statement {
    private let statement: OpaquePointer
    private let handle: OpaquePointer

    /// Compiles a statement.
    init(_ sql: String, on handle: OpaquePointer) throws(SQLiteCode) {
        var statement: OpaquePointer?
        let code = unsafe sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement = unsafe statement else { throw SQLiteCode(code, of: handle) }
        unsafe self.statement = statement
        unsafe self.handle = handle
    }

    /// Gives the statement back to SQLite.
    func finalize() {
        unsafe sqlite3_finalize(statement)
    }

    func bind(_ index: Int32, _ number: Int64) {
        unsafe sqlite3_bind_int64(statement, index, number)
    }

    func bind(_ index: Int32, copying bytes: Span<UInt8>) {
        _ = unsafe bytes.withUnsafeBytes { bytes in
            unsafe tern_sqlite_bind_copy(statement, index, bytes.baseAddress, Int32(clamping: bytes.count))
        }
    }

    /// Binds a copy of bytes, or NULL.
    func bind(_ index: Int32, copying bytes: [UInt8]?) {
        if let bytes { return bind(index, copying: bytes.span) }
        unsafe sqlite3_bind_null(statement, index)
    }

    /// Runs the statement with bytes that it does not copy.
    func run(_ index: Int32, lending bytes: Span<UInt8>) throws(SQLiteCode) {
        let code = unsafe bytes.withUnsafeBytes { bytes in
            unsafe tern_sqlite_bind_lent(statement, index, bytes.baseAddress, Int32(clamping: bytes.count))
            let code = unsafe sqlite3_step(statement)
            unsafe sqlite3_reset(statement)
            return code
        }
        guard code == SQLITE_DONE else { throw unsafe SQLiteCode(code, of: handle) }
    }

    /// Runs the statement to its end.
    func run() throws(SQLiteCode) {
        while try step() {}
    }

    /// Goes to the next row; without one, or after a failure, the statement is ready for its next use.
    func step() throws(SQLiteCode) -> Bool {
        let code = unsafe sqlite3_step(statement)
        if code == SQLITE_ROW { return true }
        unsafe sqlite3_reset(statement)
        guard code == SQLITE_DONE else { throw unsafe SQLiteCode(code, of: handle) }
        return false
    }

    /// Makes the statement ready for its next use.
    func reset() {
        unsafe sqlite3_reset(statement)
    }

    func number(_ column: Int32) -> Int64 {
        unsafe sqlite3_column_int64(statement, column)
    }

    func text(_ column: Int32) -> String? {
        guard let text = unsafe sqlite3_column_text(statement, column) else { return nil }
        return unsafe String(cString: text)
    }

    /// Lends a column's bytes; nothing where there is another kind of value.
    func withBytes<Result: ~Copyable, Failure: Error>(
        _ column: Int32, _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard unsafe sqlite3_column_type(statement, column) == SQLITE_BLOB else { return nil }
        let count = unsafe Int(sqlite3_column_bytes(statement, column))
        guard count > 0, let bytes = unsafe sqlite3_column_blob(statement, column) else { return try body(Span()) }
        let span = unsafe Span(_unsafeStart: bytes.assumingMemoryBound(to: UInt8.self), count: count)
        return try body(span)
    }
}
