// Owns `tern account import --format` of another program's device. It must not know how the program keeps it.

internal import ArgumentParser
internal import Glibc
internal import Tern
internal import TernCore
internal import TernCrypto
internal import TernForeign
internal import TernInput
internal import TernOMEMO
internal import TernStore

/// What wrote a file that an account is taken from.
enum AccountFormat: String, ExpressibleByArgument, CaseIterable {
    case tern
    case pythonOMEMO = "python-omemo"
    case gajim, dino, profanity
}

/// A device of another program.
private struct Taken: ~Copyable {
    let device: ForeignDevice
    /// What names the file that it comes from.
    let name: [UInt8]
}

extension AccountImportCommand {
    /// The largest file that is read: each of a thousand sessions takes some KiB.
    private static let largest = 64 << 20

    /// Takes over a device that another program has made.
    func takeOver(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let workplace = console.workplace
        let now = Timestamp.now
        let taken = try device(workplace, now)
        let account = taken.device.account
        let path = try options.storeFolder(in: workplace)
        let store = try options.openOrCreateStore(asking: sealed, in: workplace)
        let isReplacing = try mayReplace(account, taken.name, in: store, workplace)
        do throws(TransactionError<SessionError>) {
            try store.create(account: account, replacing: isReplacing, at: now) {
                transaction throws(SessionError) in
                _ = try OMEMOMachine.takeOver(taken.device, Passage(taken.name, at: now), in: &transaction)
            }
        } catch {
            switch error {
            case .refused(.malformed): throw failure(.malformed("its keys"))
            case .refused(let error): throw CommandFailure(error)
            case .store(let error): throw CommandFailure(error, store: path)
            }
        }
        try await report(account, in: store, console)
        console.note("hint: sessions begin anew: what others still write on the old ones cannot be read")
        console.note("hint: do not use the device in the other program any more")
        return .success
    }

    /// The device, and what names the file that it comes from.
    private func device(_ workplace: Workplace, _ now: Timestamp) throws(CommandFailure) -> Taken {
        let path = workplace.path(file)
        switch format {
        case .tern, .pythonOMEMO:
            return try take([try read(path)]) { files throws(ForeignError) in
                try PythonOMEMOStorage(files[0]).device(of: options.account, at: now)
            }
        case .gajim:
            try checkIsClosed(path)
            return try take([try read(path)]) { files throws(ForeignError) in
                try GajimStorage(files[0]).device(of: options.account, at: now)
            }
        case .dino:
            let other = (path.lastIndex(of: "/").map { String(path[...$0]) } ?? "") + "dino.db"
            try checkIsClosed(path)
            let files = [try read(path)] + (isThere(other) ? [try read(other)] : [])
            return try take(files) { files throws(ForeignError) in
                try DinoStorage(files[0], accounts: files.count > 1 ? files[1] : nil).device(
                    of: options.account, at: now)
            }
        case .profanity:
            let files = try ["identity.txt", "trust.txt", "known_devices.txt"].enumerated().map {
                (place, name) throws(CommandFailure) in
                let path = path + "/" + name
                return place == 0 || isThere(path) ? try read(path) : []
            }
            return try take(files) { files throws(ForeignError) in
                try ProfanityStorage(identity: files[0], trusted: files[1], known: files[2])
                    .device(of: options.account, at: now)
            }
        }
    }

    private func take(
        _ files: [[UInt8]], _ body: ([[UInt8]]) throws(ForeignError) -> ForeignDevice
    ) throws(CommandFailure) -> Taken {
        do throws(ForeignError) {
            let name = Array(SHA256.digest(Array(files.joined()).span).array.prefix(Passage.fileLength))
            return Taken(device: try body(files), name: name)
        } catch {
            throw failure(error)
        }
    }

    private func read(_ path: String) throws(CommandFailure) -> [UInt8] {
        do throws(InputError) {
            return try InputStream(path).readAll(limit: Self.largest)
        } catch {
            throw CommandFailure(error)
        }
    }

    private func isThere(_ path: String) -> Bool {
        unsafe FileName.withPath(path) { unsafe access($0, F_OK) } == 0
    }

    /// A database that is in use, or was when the program died, has its latest changes in a log beside it.
    private func checkIsClosed(_ path: String) throws(CommandFailure) {
        var status = stat()
        let found = unsafe FileName.withPath(path + "-wal") { unsafe stat($0, &status) } == 0
        guard !found || status.st_size == 0 else {
            throw CommandFailure(
                .usage, "\(file): \(format.rawValue) has it open, or did not end well",
                hint: "end the program, and open and end it once more where it is not running")
        }
    }

    private func failure(_ error: ForeignError) -> CommandFailure {
        switch error {
        case .malformed(let place):
            CommandFailure(
                .malformed, "\(file): not what \(format.rawValue) stores: \(place)", hint: "nothing is imported")
        case .unsupported(let what):
            CommandFailure(.unsupported, "\(file): a version that is not known: \(what)", hint: "nothing is imported")
        case .ambiguous(let found):
            CommandFailure(
                .usage, "\(file): it is not certain whose device it is",
                hint: "say it: --account \(found.first?.description ?? "you@example.org")")
        }
    }
}
