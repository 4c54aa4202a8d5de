// Owns the way from the options of a command to an open store and an account in it. It must not know what is done there.

internal import Tern
internal import TernCore
internal import TernCrypto
internal import TernStore

extension GlobalOptions {
    /// The folder of the store.
    /// - Throws: `usage` for a store in memory, which is empty when a command begins and gone when it ends.
    func storeFolder() throws(CommandFailure) -> String {
        switch try StoreLocation(store) {
        case .folder(let path): return path
        case .memory:
            throw CommandFailure(
                .usage, "a store in memory holds no account for this command",
                hint: "name a folder: --store DIR or TERN_STORE")
        }
    }

    /// Opens the store that is there.
    func openStore() throws(CommandFailure) -> StoreFile {
        let path = try storeFolder()
        // A person is asked for a passphrase only where one is wanted.
        guard !givesKey else { return try open(path, key()) }
        do throws(StoreError) {
            return try StoreFile.open(at: path, lockTimeout: lockTimeout.duration)
        } catch .sealed where !noInput {
            return try open(path, key())
        } catch {
            throw CommandFailure(error, store: path)
        }
    }

    private func open(_ path: String, _ key: consuming StoreKey) throws(CommandFailure) -> StoreFile {
        do throws(StoreError) {
            return try StoreFile.open(at: path, key: key, lockTimeout: lockTimeout.duration)
        } catch {
            throw CommandFailure(error, store: path)
        }
    }

    /// Opens an account of the store: the one that was named, or the only one.
    func openAccount() async throws(CommandFailure) -> Account<AccountStore> {
        try openAccount(in: openStore())
    }

    /// Opens an account of a store.
    func openAccount(in file: StoreFile) throws(CommandFailure) -> Account<AccountStore> {
        let path = try storeFolder()
        let jid = try accountAddress(in: file)
        let rows: AccountStore
        do throws(StoreError) {
            rows = try file.account(jid)
        } catch {
            throw CommandFailure(error, store: path)
        }
        do throws(SessionError) {
            return try Account(opening: jid, in: rows)
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Which account of a store is meant.
    func accountAddress(in file: StoreFile) throws(CommandFailure) -> BareJID {
        let accounts: [StoreFile.Account]
        do throws(StoreError) {
            accounts = try file.accounts()
        } catch {
            throw CommandFailure(error, store: try storeFolder())
        }
        if let account {
            guard accounts.contains(where: { $0.jid == account }) else {
                throw CommandFailure(
                    .usage, "the store has no account \(account)", hint: "see 'tern account list'")
            }
            return account
        }
        guard let first = accounts.first else {
            throw CommandFailure(
                .usage, "the store has no account", hint: "make one: tern account create you@example.org")
        }
        guard accounts.count == 1 else {
            throw CommandFailure(.usage, "the store has several accounts", hint: "name one: --account \(first.jid)")
        }
        return first.jid
    }

    /// Whether something was given that opens a sealed store.
    var givesKey: Bool { storeKey != .passphrase(.terminal) }

    /// What opens a sealed store.
    func key() throws(CommandFailure) -> StoreKey {
        switch storeKey {
        case .keyFile(let path): return .file(try SecretSource.key(path))
        case .passphrase(let source): return .passphrase(try source.read("passphrase", mayAsk: !noInput))
        }
    }
}
