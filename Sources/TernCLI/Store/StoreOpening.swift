// Owns the way from the options of a command to an open store and an account in it. It must not know what is done there.

internal import Tern
internal import TernCore
internal import TernCrypto
internal import TernStore

extension GlobalOptions {
    /// The folder of the store.
    /// - Throws: `usage` for a store in memory, which is empty when a command begins and gone when it ends.
    func storeFolder(in workplace: Workplace) throws(CommandFailure) -> String {
        switch try StoreLocation(store, environment: workplace.environment) {
        case .folder(let path): return workplace.path(path)
        case .memory:
            throw CommandFailure(
                .usage, "a store in memory holds no account for this command",
                hint: "name a folder: --store DIR or TERN_STORE")
        }
    }

    /// Opens the store that is there.
    func openStore(in workplace: Workplace) throws(CommandFailure) -> StoreFile {
        let path = try storeFolder(in: workplace)
        guard let file = try openIfThere(path, workplace) else { throw CommandFailure(.missing, store: path) }
        return file
    }

    /// Opens the store, or makes one where there is none.
    /// - Parameter asking: Whether a new one is sealed with a passphrase that a person types.
    func openOrCreateStore(asking: Bool, in workplace: Workplace) throws(CommandFailure) -> StoreFile {
        let path = try storeFolder(in: workplace)
        if let file = try openIfThere(path, workplace) {
            guard file.isSealed || !asking else {
                throw CommandFailure(
                    .usage, "\(path): there is a store that is not sealed",
                    hint: "name another folder, or leave --sealed out")
            }
            return file
        }
        let sealing = givesKey || asking ? Sealing(try key(isNew: true, in: workplace)) : nil
        do throws(StoreError) {
            return try StoreFile.create(at: path, sealing: sealing, lockTimeout: lockTimeout.duration)
        } catch {
            throw CommandFailure(error, store: path)
        }
    }

    /// Opens a store; nil where there is none. A secret is asked for once, and only where one is wanted.
    private func openIfThere(_ path: String, _ workplace: Workplace) throws(CommandFailure) -> StoreFile? {
        if let held = workplace.held, held.isAt(path) { return held.file }
        do throws(StoreError) {
            let file = try StoreFile.open(at: path, lockTimeout: lockTimeout.duration)
            // Who gives a key expects a sealed store, and not one that somebody has put in its place.
            guard !givesKey else { throw .wrongKey }
            return file
        } catch .missing {
            return nil
        } catch .sealed where givesKey || !noInput {
            return try open(path, key(in: workplace))
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
    func openAccount(in workplace: Workplace) async throws(CommandFailure) -> Account<AccountStore> {
        let file = try openStore(in: workplace)
        return try openAccount(accountAddress(in: file, workplace), in: file, workplace)
    }

    /// Opens an account of a store.
    func openAccount(
        _ jid: BareJID, in file: StoreFile, _ workplace: Workplace
    ) throws(CommandFailure) -> Account<AccountStore> {
        let path = try storeFolder(in: workplace)
        guard let held = workplace.held, held.file === file else { return try openAccount(jid, in: file, at: path) }
        return try held.account(jid) { () throws(CommandFailure) in try openAccount(jid, in: file, at: path) }
    }

    private func openAccount(
        _ jid: BareJID, in file: StoreFile, at path: String
    ) throws(CommandFailure) -> Account<AccountStore> {
        let rows: AccountStore
        do throws(StoreError) {
            rows = try file.account(jid)
        } catch {
            throw CommandFailure(error, store: path)
        }
        do throws(SessionError) {
            return try Account(opening: jid, in: rows)
        } catch .store(let error) {
            throw CommandFailure(error, store: path)
        } catch {
            throw CommandFailure(error)
        }
    }

    /// The accounts of a store.
    func accounts(in file: StoreFile, _ workplace: Workplace) throws(CommandFailure) -> [StoreFile.Account] {
        do throws(StoreError) {
            return try file.accounts()
        } catch {
            throw CommandFailure(error, store: try storeFolder(in: workplace))
        }
    }

    /// Which account of a store is meant.
    func accountAddress(in file: StoreFile, _ workplace: Workplace) throws(CommandFailure) -> BareJID {
        let accounts = try accounts(in: file, workplace)
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
    /// - Parameter isNew: Whether a person types it twice.
    func key(isNew: Bool = false, in workplace: Workplace) throws(CommandFailure) -> StoreKey {
        switch storeKey {
        case .keyFile(let path): return .file(try SecretSource.key(workplace.path(path)))
        case .passphrase(.file(let path)):
            return .passphrase(try SecretSource.file(workplace.path(path)).read("passphrase", mayAsk: false))
        case .passphrase(let source):
            let passphrase = try source.read("passphrase", mayAsk: !noInput)
            guard isNew, source == .terminal else { return .passphrase(passphrase) }
            let again = try source.read("passphrase again", mayAsk: !noInput)
            guard areEqual(passphrase, again) else { throw CommandFailure(.usage, "the two passphrases differ") }
            return .passphrase(passphrase)
        }
    }
}

func areEqual(_ left: borrowing SecretBytes, _ right: borrowing SecretBytes) -> Bool {
    Memory.equal(left.span, right.span)
}
