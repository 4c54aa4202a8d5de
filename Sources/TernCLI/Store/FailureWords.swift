// Owns what the engine's failures are called for people and scripts, and what they can do about them.

internal import TernCore
internal import TernInput

extension CommandFailure {
    /// A store that cannot be opened, read or written.
    init(_ error: StoreError, store path: String) {
        switch error {
        case .held(let process):
            let holder = process.map { "process \($0)" } ?? "another process"
            self.init(.storeHeld, "\(path): \(holder) holds the store", hint: "wait for it, or see --lock-timeout")
        case .missing:
            self.init(
                .usage, "\(path): there is no store or no such account",
                hint: "make one: tern account create you@example.org")
        case .exists: self.init(.usage, "\(path): there is such an account already", hint: "see 'tern account list'")
        case .damaged:
            self.init(.storeDamaged, "\(path): the store is damaged", hint: "see 'tern doctor'; restore a backup")
        case .moved:
            self.init(
                .moved, "\(path): the account has moved to another store",
                hint: "use it there; the file that it left in brings it back: tern account import")
        case .rolledBack:
            self.init(
                .storeDamaged, "\(path): the store is older than what was seen of it",
                hint: "an old copy would use keys twice: bring the newer one back, or make a new account")
        case .newer(let version):
            self.init(
                .storeDamaged, "\(path): the store is of the newer version \(version)", hint: "use a newer tern")
        case .exposed:
            self.init(
                .storage, "\(path): the store is not its owner's alone",
                hint: "it has to be a folder of yours, not a link: chmod 700 the folder and 600 the files in it")
        case .sealed:
            self.init(
                .usage, "\(path): the store is sealed",
                hint: "give --passphrase-fd, --passphrase-file or --key-file")
        case .wrongKey:
            self.init(
                .wrongPassphrase, "\(path): the passphrase or key does not open the store",
                hint: "it is another store's, or this store is not sealed and opens without one")
        case .full: self.init(.storage, "\(path): no space is left", hint: "nothing has changed; make room and repeat")
        case .failing(let code):
            self.init(.storage, "\(path): the store cannot be read or written: \(SystemText.describe(code))")
        case .backend(let code): self.init(.internalError, "\(path): the database refuses, code \(code)")
        }
    }

    /// What a call of the engine came to.
    init(_ error: SessionError) {
        switch error {
        case .unauthentic:
            self.init(.unauthentic, "a signature or code does not fit: somebody else wrote or changed this")
        case .malformed: self.init(.malformed, "this is not what the specification says")
        case .duplicate: self.init(.duplicate, "this message was decrypted before")
        case .tooFarAhead:
            self.init(
                .tooFarAhead, "too many messages before this one are missing",
                hint: "where no message can be read any more: tern omemo reset JID")
        case .limitExceeded: self.init(.limitExceeded, "this is larger than is allowed")
        case .unsupported: self.init(.unsupported, "a version or content that is not supported")
        case .downgrade:
            self.init(
                .downgrade, "a device is announced for an older version than the one it had",
                hint: "a server may have removed it: ask its owner; --with omemo:0.3 writes in the older version")
        case .noSession:
            self.init(
                .noSession, "there is no session with the device that sent this",
                hint: "write to it: that begins one")
        case .ended: self.init(.ended, "the conversation was ended")
        case .untrusted:
            self.init(
                .untrusted, "a key is undecided, distrusted or has changed",
                hint: "compare fingerprints: tern contact show JID; then tern contact trust or distrust")
        case .notForThisDevice: self.init(.notForThisDevice, "this is not encrypted for this device")
        case .materialMissing:
            self.init(
                .missingMaterial, "a key that this needs is not there",
                hint: "fetch what 'needs' names and import it: tern bundle import --from JID")
        case .busy: self.init(.internalError, "too many calls wait for an answer")
        case .unexpectedAnswer, .misuse: self.init(.usage, "this is not a call for the state that the account is in")
        case .abandoned: self.init(.internalError, "a computation was given up")
        case .store(let error): self.init(error, store: "store")
        case .backend(let code): self.init(.internalError, "a library refuses, code \(code)")
        case .backendMissing: self.init(.missingProgram, "a library is missing or in use by others")
        }
    }
}
