#include <sqlite3.h>

// What Swift cannot say: a variable number of arguments, and destructors that are numbers.

/// Turns an option of a connection on or off.
static inline int tern_sqlite_set(sqlite3 *db, int option, int value) {
    return sqlite3_db_config(db, option, value, (int *)0);
}

/// Binds bytes that stay where they are until the statement is reset. No bytes are an empty blob, not NULL.
static inline int tern_sqlite_bind_lent(sqlite3_stmt *statement, int index, const void *bytes, int count) {
    return sqlite3_bind_blob(statement, index, count > 0 ? bytes : "", count, SQLITE_STATIC);
}

/// Binds a copy of bytes.
static inline int tern_sqlite_bind_copy(sqlite3_stmt *statement, int index, const void *bytes, int count) {
    return sqlite3_bind_blob(statement, index, count > 0 ? bytes : "", count, SQLITE_TRANSIENT);
}
