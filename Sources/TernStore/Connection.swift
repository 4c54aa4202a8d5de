// Owns the one connection to the database: who uses it when, its statements, and transactions.
// It must not know what accounts and rows are.

internal import CSQLite
internal import GRDB
internal import Glibc
internal import TernCore

/// A connection, used by one caller at a time, inside ``access(_:)``.
///
/// GRDB opens it and gives it to callers one after the other. Statements go to SQLite itself: binding a row where it lies
/// and keeping what was compiled is most of what a row costs.
@safe
package final class Connection: @unchecked Sendable {  // everything but the queue is reached inside `access` alone
    private let queue: DatabaseQueue
    private let handle: OpaquePointer
    private(set) var isOpen = true
    private var statements: [Statement?]
    /// Why the transaction that runs can no longer be committed.
    private var failure: StoreError?
    /// Whether the transaction that runs has changed anything.
    private(set) var isChanged = false

    /// Opens a database file that exists. Nothing in the folder has changed when this throws.
    init(_ path: String, durability: Durability) throws(StoreError) {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        configuration.label = "tern.store"
        // what cannot be rolled back is refused at the next beginning, not with a crash
        configuration.allowsUnsafeTransactions = true
        configuration.prepareDatabase { database in
            // until it is certain that the file is a store that this version may change
            if let handle = unsafe database.sqliteConnection {
                unsafe tern_sqlite_set(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
                // no store has any: they would be somebody else's
                unsafe tern_sqlite_set(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
                unsafe tern_sqlite_set(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0)
            }
            // there is one holder, so there is no shared index
            try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
            try database.execute(sql: "PRAGMA trusted_schema = OFF")
            try database.execute(sql: "PRAGMA cell_size_check = ON")
            try database.execute(sql: "PRAGMA secure_delete = ON")
            try database.execute(sql: "PRAGMA temp_store = MEMORY")
            try database.execute(sql: "PRAGMA synchronous = \(durability.rawValue)")
        }
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
        } catch let error as DatabaseError {
            throw SQLiteCode(error.extendedResultCode.rawValue).error
        } catch {
            throw .failing(code: EIO)
        }
        guard let handle = unsafe queue.inDatabase({ unsafe $0.sqliteConnection }) else { throw .failing(code: EIO) }
        unsafe self.handle = handle
        statements = Array(repeating: nil, count: Query.count)
    }

    deinit {
        close()
    }

    /// How far a commit goes.
    package enum Durability: String {
        /// A commit is on the disk when it returns.
        case full = "FULL"
        /// A commit is there after a crash of the process, not after a loss of power: to be measured against.
        case normal = "NORMAL"
    }

    /// Gives the connection to `body` alone.
    func access<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        let outcome = queue.inDatabase { _ -> Swift.Result<Result, Failure> in
            do throws(Failure) {
                return .success(try body())
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    /// Runs `body` in a transaction. `finish` comes last in it, where anything was changed.
    func transaction<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result, finish: () throws(StoreError) -> Void
    ) throws(TransactionError<Failure>) -> Result {
        guard isOpen else { throw .store(.failing(code: EBADF)) }
        failure = nil
        isChanged = false
        do throws(StoreError) {
            try run(.begin)
        } catch {
            throw .store(error)
        }
        let result = try undoing(with: .rollback, body)
        do throws(StoreError) {
            if isChanged { try finish() }
            try run(.commit)
        } catch {
            undo(.rollback)
            throw .store(error)
        }
        return result
    }

    /// Runs `body` as a part of the transaction that is undone by itself.
    func nested<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(TransactionError<Failure>) -> Result {
        do throws(StoreError) {
            try run(.savepoint)
        } catch {
            throw .store(error)
        }
        let result = try undoing(with: .undoSavepoint, body)
        do throws(StoreError) {
            try run(.release)
        } catch {
            throw .store(error)
        }
        return result
    }

    private func undoing<Result, Failure: Error>(
        with query: Query, _ body: () throws(Failure) -> Result
    ) throws(TransactionError<Failure>) -> Result {
        let result: Result
        do throws(Failure) {
            result = try body()
        } catch {
            undo(query)
            if let failure { throw .store(failure) }
            throw .refused(error)
        }
        // the body may have caught what the store threw
        guard let failure else { return result }
        undo(query)
        throw .store(failure)
    }

    private func undo(_ query: Query) {
        // SQLite may have rolled back already
        guard unsafe sqlite3_get_autocommit(handle) == 0 else { return }
        if case .undoSavepoint = query {
            // what is left of a transaction that has failed is rolled back as a whole
            guard failure == nil else { return }
            guard (try? run(.undoSavepoint)) != nil else { return }
            try? run(.release)
        } else {
            try? statement(.rollback).run()
        }
    }

    /// Runs a statement that takes and gives nothing.
    func run(_ query: Query) throws(StoreError) {
        try using(query) { statement throws(SQLiteCode) in try statement.run() }
    }

    /// Lends a statement. Where SQLite fails, the transaction has failed: nothing else of it is run.
    func using<Result: ~Copyable>(
        _ query: Query, changing: Bool = false, _ body: (Statement) throws(SQLiteCode) -> Result
    ) throws(StoreError) -> Result {
        if let failure { throw failure }
        do throws(SQLiteCode) {
            let result = try body(try statement(query))
            if changing { isChanged = true }
            return result
        } catch {
            failure = error.error
            throw error.error
        }
    }

    /// Counts the transaction that runs as one that changes something.
    func touch() {
        isChanged = true
    }

    /// Runs a statement that is not kept.
    func once<Result>(_ sql: String, _ body: (Statement) throws(SQLiteCode) -> Result) throws(StoreError) -> Result {
        guard isOpen else { throw .failing(code: EBADF) }
        do throws(SQLiteCode) {
            let statement = try unsafe Statement(sql, on: handle)
            defer { statement.finalize() }
            return try body(statement)
        } catch {
            throw error.error
        }
    }

    /// Runs a statement that takes nothing and gives at most a number.
    @discardableResult
    func number(_ sql: String) throws(StoreError) -> Int64? {
        try once(sql) { statement throws(SQLiteCode) in
            guard try statement.step() else { return nil }
            let number = statement.number(0)
            // what a statement changes is committed, or not, behind its last row
            try statement.run()
            return number
        }
    }

    /// Changes to the log that is written ahead, which a new database file does not have.
    ///
    /// Where that fails, SQLite stays with its journal, and may say so only in what it gives. A commit with the journal ends
    /// with the removal of a file that a loss of power undoes.
    func beginLog() throws(StoreError) {
        let mode = try once("PRAGMA journal_mode = WAL") { statement throws(SQLiteCode) -> String? in
            let mode = try statement.step() ? statement.text(0) : nil
            // it is committed behind its row
            try statement.run()
            return mode
        }
        guard mode == "wal" else { throw .failing(code: EIO) }
    }

    /// Lets the end of the connection move the log into the database.
    func allowChanges() {
        unsafe tern_sqlite_set(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
    }

    /// Ends the connection. Later uses are refused.
    func close() {
        access {
            guard isOpen else { return }
            isOpen = false
            for statement in statements { statement?.finalize() }
            statements = Array(repeating: nil, count: Query.count)
        }
        try? queue.close()
    }

    private func statement(_ query: Query) throws(SQLiteCode) -> Statement {
        let slot = query.slot
        if let statement = statements[slot] { return statement }
        let statement = try unsafe Statement(query.sql, on: handle)
        statements[slot] = statement
        return statement
    }
}
