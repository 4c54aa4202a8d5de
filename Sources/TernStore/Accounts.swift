// Owns the accounts of a store: which there are, how one begins and ends. It must not know what an account is made of.

public import TernCore

extension StoreFile {
    /// An account of a store.
    public struct Account: Sendable, Hashable {
        /// Its address.
        public let jid: BareJID
        /// Its number, never given to another.
        public let number: Int64
        /// When it was made.
        public let created: Timestamp
    }

    /// All accounts, in the order in which they were made.
    public func accounts() throws(StoreError) -> [Account] {
        do throws(TransactionError<StoreError>) {
            return try write { rows throws(StoreError) in
                try rows.addresses(.accounts, account: 0).map { address in
                    Account(
                        jid: address.jid, number: address.number, created: Timestamp(milliseconds: address.created))
                }
            }
        } catch {
            throw error.storeError
        }
    }

    /// The rows of an account.
    /// - Throws: ``TernCore/StoreError/missing`` where there is none for the address.
    public func account(_ jid: BareJID) throws(StoreError) -> AccountStore {
        do throws(TransactionError<StoreError>) {
            return try write { rows throws(StoreError) in
                guard let number = try rows.account(jid) else { throw .missing }
                return AccountStore(number, in: self)
            }
        } catch {
            throw error.storeError
        }
    }

    /// Makes an account with its first rows: both or neither.
    /// - Throws: ``TernCore/StoreError/exists`` where there is one for the address.
    public func create<Result, Failure: Error>(
        account jid: BareJID, at now: Timestamp,
        _ body: (inout AccountStore.Transaction) throws(Failure) -> Result
    ) throws(TransactionError<Failure>) -> Result {
        try create(account: jid, replacing: false, at: now, body)
    }

    /// As ``create(account:at:_:)``, where the account that there may be for the address goes in the same change.
    /// - Parameter isReplacing: Whether it goes, with all its rows. The place where they were is overwritten.
    public func create<Result, Failure: Error>(
        account jid: BareJID, replacing isReplacing: Bool, at now: Timestamp,
        _ body: (inout AccountStore.Transaction) throws(Failure) -> Result
    ) throws(TransactionError<Failure>) -> Result {
        try rows.connection.access { () throws(TransactionError<Failure>) in
            var added: Int64?
            var removed: Int64?
            let result: Result
            do throws(TransactionError<CreationError<Failure>>) {
                result = try change { rows throws(CreationError<Failure>) in
                    let number: Int64
                    do throws(StoreError) {
                        if let old = try rows.account(jid) {
                            guard isReplacing else { throw .exists }
                            try rows.removeAccount(old)
                            removed = old
                        }
                        number = try rows.addAccount(jid, at: now)
                    } catch {
                        throw .store(error)
                    }
                    added = number
                    var transaction = AccountStore.Transaction(rows, account: number)
                    do throws(Failure) {
                        return try body(&transaction)
                    } catch {
                        throw .body(error)
                    }
                }
            } catch {
                switch error {
                case .refused(.body(let error)): throw .refused(error)
                case .refused(.store(let error)), .store(let error): throw .store(error)
                }
            }
            if let added { rows.accounts.insert(added) }
            if let removed {
                rows.accounts.remove(removed)
                overwrite()
            }
            return result
        }
    }

    /// Removes an account and all its rows, and overwrites the place where they were.
    ///
    /// What a disk keeps of blocks that a file no longer has is beyond this.
    /// - Throws: ``TernCore/StoreError/missing`` where there is none for the address.
    public func delete(_ jid: BareJID) throws(StoreError) {
        try rows.connection.access { () throws(StoreError) in
            var removed: Int64?
            do throws(TransactionError<StoreError>) {
                try change { rows throws(StoreError) in
                    guard let number = try rows.account(jid) else { throw .missing }
                    removed = number
                    try rows.removeAccount(number)
                }
            } catch {
                throw error.storeError
            }
            if let removed { rows.accounts.remove(removed) }
            overwrite()
        }
    }

    /// Overwrites what is gone. Where there is no space for that, the next checkpoint does it.
    private func overwrite() {
        _ = try? rows.connection.number("VACUUM")
        _ = try? rows.connection.number("PRAGMA wal_checkpoint(TRUNCATE)")
    }

    private enum CreationError<Failure: Error>: Error {
        case store(StoreError)
        case body(Failure)
    }
}

extension Rows {
    fileprivate func account(_ jid: BareJID) throws(StoreError) -> Int64? {
        let name = name(of: jid, account: 0)
        let found = try connection.using(.account) { statement throws(SQLiteCode) -> (Int64, isSound: Bool)? in
            statement.bind(1, copying: name.span)
            guard try statement.step() else { return nil }
            defer { statement.reset() }
            let number = statement.number(0)
            return (number, isSound(statement, 1, Place(account: 0, address: number), name))
        }
        guard let found else { return nil }
        guard found.isSound else { throw .damaged }
        return found.0
    }

    fileprivate func addAccount(_ jid: BareJID, at now: Timestamp) throws(StoreError) -> Int64 {
        let number = try connection.using(.lastAccount, changing: true) { statement throws(SQLiteCode) in
            let number = try statement.step() ? statement.number(0) : 0
            try statement.run()
            return number
        }
        guard number > 0 else { throw .damaged }
        let name = name(of: jid, account: 0)
        let sealed = try sealed(jid, Place(account: 0, address: number), name)
        try connection.using(.addAccount, changing: true) { statement throws(SQLiteCode) in
            statement.bind(1, number)
            statement.bind(2, copying: name.span)
            statement.bind(3, copying: sealed)
            statement.bind(4, now.milliseconds)
            try statement.run()
        }
        return number
    }

    fileprivate func removeAccount(_ number: Int64) throws(StoreError) {
        let queries = Table.allCases.map { Query.removeAll($0) } + [.removeAddresses, .removeAccount]
        for query in queries {
            try connection.using(query, changing: true) { statement throws(SQLiteCode) in
                statement.bind(1, number)
                try statement.run()
            }
        }
    }
}
