// Owns a store on the disk: its making, its opening, its end. It must not know what is in a row.

internal import CSQLite
internal import Glibc
public import TernCore
internal import TernCrypto

/// A folder with the rows of any number of accounts, held by this process until the value is closed or gone.
public final class StoreFile: Sendable {
    let rows: Rows
    let generation: Generation
    private let lock: StoreLock
    /// Whether what the rows hold is sealed.
    public let isSealed: Bool

    private init(_ rows: Rows, _ generation: Generation, _ lock: StoreLock) {
        self.rows = rows
        self.generation = generation
        self.lock = lock
        isSealed = rows.seal != nil
    }

    deinit {
        close()
    }

    /// Makes a store. The folder may exist, for its owner alone, and without a store.
    /// - Throws: ``TernCore/StoreError/exists`` where there is a store.
    public static func create(
        at path: String, sealing: consuming Sealing? = nil, lockTimeout: Duration = .zero
    ) throws(StoreError) -> StoreFile {
        try create(at: path, sealing: sealing, lockTimeout: lockTimeout, format: .current, durability: .full)
    }

    /// Opens a store.
    /// - Parameters:
    ///   - key: What opens it, where it is sealed. A store that is not sealed is refused then.
    ///   - lockTimeout: How long to wait for another process that holds it.
    ///   - acceptingRollback: Opens a store also where it is older than what was seen of it; see `Generation` for what is
    ///     seen. Whoever accepts has to see to it that no key of the time in between is used again.
    public static func open(
        at path: String, key: consuming StoreKey? = nil, lockTimeout: Duration = .zero, acceptingRollback: Bool = false
    ) throws(StoreError) -> StoreFile {
        try open(
            at: path, key: key, lockTimeout: lockTimeout, acceptingRollback: acceptingRollback, format: .current,
            durability: .full)
    }

    /// Ends the use of the store. Later uses are refused with `EBADF`.
    public func close() {
        rows.connection.access {
            guard rows.connection.isOpen else { return }
            if generation.isBehind {
                generation.hurry()
                try? change { _ throws(StoreError) in rows.connection.touch() }
            }
            generation.synchronise()
        }
        rows.connection.close()
    }

    package static func create(
        at path: String, sealing: consuming Sealing?, lockTimeout: Duration, format: Format,
        durability: Connection.Durability
    ) throws(StoreError) -> StoreFile {
        let directory = try StoreDirectory.create(at: path)
        try directory.checkFiles()
        let lock = try StoreLock(directory, timeout: lockTimeout)
        switch DatabaseHeader(try directory.start(of: .database, count: DatabaseHeader.length)) {
        case .nothing where try Generation.bound(in: directory) == 0: break
        case .database(application: 0, version: 0): break
        case .nothing, .foreign: throw .damaged
        case .database: throw .exists
        }
        Glibc.close(try directory.open(.database))
        try directory.synchronise()

        let connection = try Connection(directory.path(of: .database), durability: durability)
        var seal: Seal?
        var slot: KeySlot?
        if let sealing {
            var entropy = SystemEntropy()
            let storeKey = Secret<32>(from: &entropy)
            slot = try KeySlot(storeKey, by: sealing)
            seal = try Seal(storeKey)
        }
        let rows = try connection.access { [seal, slot] () throws(StoreError) in
            guard try connection.version() == 0 else { throw .exists }
            guard try connection.number("SELECT count(*) FROM sqlite_schema") == 0 else { throw .damaged }
            try connection.beginLog()
            try connection.migrate(from: 0, to: format, slot: slot)
            connection.allowChanges()
            return Rows(connection, seal: seal)
        }
        let generation = try Generation(0, in: directory, isDurable: durability == .full)
        try directory.synchronise()
        return StoreFile(rows, generation, lock)
    }

    package static func open(
        at path: String, key: consuming StoreKey?, lockTimeout: Duration, acceptingRollback: Bool, format: Format,
        durability: Connection.Durability
    ) throws(StoreError) -> StoreFile {
        let directory = try StoreDirectory(opening: path)
        try directory.checkFiles()
        try checkHeader(directory, format)
        let lock = try StoreLock(directory, timeout: lockTimeout)
        // what another process has just done
        try checkHeader(directory, format)
        let bound = try Generation.bound(in: directory)
        let isLogEmpty = try directory.start(of: .log, count: 1)?.isEmpty ?? true

        let connection = try Connection(directory.path(of: .database), durability: durability)
        guard directory.isInPlace() else { throw .damaged }
        // then ending the connection changes nothing, and takes the empty log away that beginning it has made
        if isLogEmpty { connection.allowChanges() }
        let (version, slot) = try connection.access { () throws(StoreError) in
            let version = try connection.version()
            guard version <= format.version else { throw .newer(version: version) }
            guard version > 0 else { throw bound == 0 ? .missing : .damaged }
            return (version, try connection.slot())
        }
        let rows = Rows(connection, seal: try KeySlot.seal(slot, key))
        let count = try connection.access { () throws(StoreError) in
            guard let count = try connection.number("SELECT value FROM store WHERE name = 'generation'") else {
                throw .damaged
            }
            // more changes than anybody makes
            guard count >= 0, max(count, bound) < 1 << 62 else { throw .damaged }
            guard acceptingRollback || count >= bound else { throw .rolledBack }
            if version < format.version { try connection.migrate(from: version, to: format, slot: nil) }
            rows.accounts = Set(try rows.addresses(.accounts, account: 0).map(\.number))
            connection.allowChanges()
            return count
        }
        let generation = try Generation(max(count, bound), in: directory, isDurable: durability == .full)
        let file = StoreFile(rows, generation, lock)
        if count < bound { try file.acceptRollback() }
        return file
    }

    private static func checkHeader(_ directory: borrowing StoreDirectory, _ format: Format) throws(StoreError) {
        switch DatabaseHeader(try directory.start(of: .database, count: DatabaseHeader.length)) {
        case .nothing: throw try Generation.bound(in: directory) == 0 ? .missing : .damaged
        case .foreign: throw .damaged
        case .database(application: 0, version: 0): break  // perhaps all is in the log
        case .database(let application, let version):
            guard application == Format.applicationID else { throw .damaged }
            guard version <= format.version else { throw .newer(version: Int(version)) }
        }
    }
}

extension StoreFile {
    /// Counts on from the bound, so that the store is no longer below it.
    private func acceptRollback() throws(StoreError) {
        do throws(TransactionError<StoreError>) {
            try write { rows throws(StoreError) in rows.connection.touch() }
        } catch {
            throw error.storeError
        }
    }

    /// Changes rows of an account, or of all where none is named.
    func write<Result, Failure: Error>(
        account: Int64? = nil, _ body: (Rows) throws(Failure) -> Result
    ) throws(TransactionError<Failure>) -> Result {
        try rows.connection.access { () throws(TransactionError<Failure>) in
            if let account, !rows.accounts.contains(account) { throw .store(.missing) }
            return try change(body)
        }
    }

    /// Changes rows. Inside `access` alone.
    func change<Result, Failure: Error>(
        _ body: (Rows) throws(Failure) -> Result
    ) throws(TransactionError<Failure>) -> Result {
        rows.seal?.begin()
        let next = generation.next
        let result = try rows.connection.transaction { () throws(Failure) in
            try body(rows)
        } finish: { () throws(StoreError) in
            guard let next else { return }
            try rows.connection.using(.generation) { statement throws(SQLiteCode) in
                statement.bind(1, next)
                try statement.run()
            }
        }
        if rows.connection.isChanged { generation.committed(next) }
        return result
    }
}

extension TransactionError where Failure == StoreError {
    /// Whichever of the two it was.
    var storeError: StoreError {
        switch self {
        case .refused(let error), .store(let error): error
        }
    }
}
