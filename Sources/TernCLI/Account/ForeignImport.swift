// Owns `tern account import --format` of another program's device. It must not know how the program keeps it.

internal import ArgumentParser
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
}

extension AccountImportCommand {
    /// The largest file that is read: each of a thousand sessions takes some KiB.
    private static let largest = 64 << 20

    /// Takes over a device that another program has made.
    func takeOver(_ console: Console) async throws(CommandFailure) -> ExitStatus {
        let workplace = console.workplace
        let bytes: [UInt8]
        do throws(InputError) {
            bytes = try InputStream(workplace.path(file)).readAll(limit: Self.largest)
        } catch {
            throw CommandFailure(error)
        }
        let now = Timestamp.now
        let name = Array(SHA256.digest(bytes.span).array.prefix(Passage.fileLength))
        let device = try device(bytes, now)
        let path = try options.storeFolder(in: workplace)
        let store = try options.openOrCreateStore(asking: sealed, in: workplace)
        let isReplacing = try mayReplace(device.account, name, in: store, workplace)
        do throws(TransactionError<SessionError>) {
            try store.create(account: device.account, replacing: isReplacing, at: now) {
                transaction throws(SessionError) in
                _ = try OMEMOMachine.takeOver(device, Passage(name, at: now), in: &transaction)
            }
        } catch {
            switch error {
            case .refused(.malformed): throw failure(.malformed("its keys"))
            case .refused(let error): throw CommandFailure(error)
            case .store(let error): throw CommandFailure(error, store: path)
            }
        }
        try await report(device.account, in: store, console)
        console.note("hint: sessions begin anew: what others still write on the old ones cannot be read")
        console.note("hint: do not use the device in the other program any more")
        return .success
    }

    private func device(_ bytes: [UInt8], _ now: Timestamp) throws(CommandFailure) -> ForeignDevice {
        do throws(ForeignError) {
            return try PythonOMEMOStorage(bytes).device(of: options.account, at: now)
        } catch {
            throw failure(error)
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
