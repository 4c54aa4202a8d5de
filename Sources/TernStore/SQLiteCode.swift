// Owns what SQLite's result codes mean for a store. It must not know which statement gave them.

internal import CSQLite
internal import Glibc
internal import TernCore

/// A result code, which is an extended one, and the system's error number behind it.
struct SQLiteCode: Error {
    let code: Int32
    let systemError: Int32

    init(_ code: Int32, systemError: Int32 = 0) {
        self.code = code
        self.systemError = systemError
    }

    /// The code that a connection has just given.
    @safe init(_ code: Int32, of handle: OpaquePointer) {
        self.init(code, systemError: unsafe sqlite3_system_errno(handle))
    }

    /// What is told of it.
    var error: StoreError {
        switch code & 0xff {
        case SQLITE_FULL: .full
        case SQLITE_IOERR where systemError == ENOSPC || systemError == EDQUOT: .full
        case SQLITE_IOERR: .failing(code: systemError == 0 ? EIO : systemError)
        case SQLITE_CANTOPEN: .failing(code: systemError == 0 ? ENOENT : systemError)
        case SQLITE_PERM, SQLITE_AUTH: .failing(code: EACCES)
        case SQLITE_READONLY: .failing(code: systemError == 0 ? EROFS : systemError)
        case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_FORMAT: .damaged
        // a table that is missing, a row that breaks a rule: nothing that this target wrote
        case SQLITE_ERROR, SQLITE_CONSTRAINT, SQLITE_MISMATCH: .damaged
        case SQLITE_BUSY, SQLITE_LOCKED: .held(process: nil)
        default: .backend(code: code)
        }
    }
}
