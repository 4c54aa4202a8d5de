// Owns a store that one process holds open for many commands, and that each of its accounts is opened once. It must not know
// who asks.

internal import Glibc
internal import Synchronization
internal import Tern
internal import TernCore
internal import TernStore

/// An open store and its open accounts. An account keeps in memory what is in its rows: a second one over the same rows
/// would not know what the first one has changed.
final class HeldStore: Sendable {
    let path: String
    let file: StoreFile
    /// Those who call, and whom it tells.
    let switchboard = Switchboard()
    private let accounts = Mutex<[BareJID: Account<AccountStore>]>([:])
    private let lounges = Mutex<[BareJID: OTRLounge<AccountStore>]>([:])

    init(_ file: StoreFile, at path: String) {
        self.file = file
        self.path = HeldStore.resolved(path)
    }

    /// Whether a path leads to it.
    func isAt(_ path: String) -> Bool { self.path == HeldStore.resolved(path) }

    private static func resolved(_ path: String) -> String {
        guard let resolved = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    /// An account, the same one for everybody.
    func account(
        _ jid: BareJID, opening open: () throws(CommandFailure) -> Account<AccountStore>
    ) throws(CommandFailure) -> Account<AccountStore> {
        try accounts.withLock { accounts throws(CommandFailure) in
            if let account = accounts[jid] { return account }
            let account = try open()
            account.listen { [switchboard] in switchboard.tell($0, of: jid) }
            accounts[jid] = account
            return account
        }
    }

    /// An account's conversations of OTR in memory, the same for everybody.
    func lounge(of account: Account<AccountStore>) -> OTRLounge<AccountStore> {
        lounges.withLock { lounges in
            if let lounge = lounges[account.jid] { return lounge }
            let lounge = OTRLounge(account)
            lounges[account.jid] = lounge
            return lounge
        }
    }

    /// Sees to what calls gave rise to beside what they were asked for. Nobody waits for it.
    func settle() {
        for account in accounts.withLock({ $0.values }) {
            Task { [switchboard] in await switchboard.settle(account) }
        }
    }

    /// Tells once more what waits.
    func tellAgain() {
        switchboard.forgetWaiting()
        settle()
    }

    /// Forgets an account that is no more.
    func forget(_ jid: BareJID) {
        accounts.withLock { $0[jid] = nil }
        lounges.withLock { $0[jid] = nil }
        switchboard.forget(jid)
    }
}
