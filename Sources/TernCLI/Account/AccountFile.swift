// Owns what a file with an account comes to for people and scripts, and reading one. It must not know the format.

internal import TernArchive
internal import TernCore
internal import TernInput

/// A file that an account is read from, twice: nothing is taken from one that is not whole.
final class AccountFile {
    let path: String
    private var input: InputStream
    private var failure: InputError?

    init(_ path: String) throws(CommandFailure) {
        self.path = path
        do throws(InputError) {
            input = try InputStream(path)
            // what cannot be read twice is refused before anybody types a passphrase
            try input.rewind()
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Gives at most so many bytes; none is the end.
    func read(_ count: Int) throws(ArchiveError) -> [UInt8] {
        do throws(InputError) {
            return try input.read(upTo: count)
        } catch {
            failure = error
            throw .stream
        }
    }

    /// Goes back to the beginning.
    func rewind() throws(CommandFailure) {
        do throws(InputError) { try input.rewind() } catch { throw CommandFailure(error) }
    }

    /// What an error of the format comes to.
    func failure(_ error: ArchiveError) -> CommandFailure {
        if error == .stream, let failure { return CommandFailure(failure) }
        return CommandFailure(error, file: path)
    }
}

extension CommandFailure {
    /// An account that was not written to a file or read from one.
    init(_ error: ArchiveError, file path: String) {
        switch error {
        case .foreign:
            self.init(.malformed, "\(path): this is no account file", hint: "'tern account export' makes them")
        case .newer: self.init(.newerFile, "\(path): a newer tern wrote this file", hint: "use a newer tern")
        case .wrongPassphrase: self.init(.wrongPassphrase, "\(path): the passphrase does not open the file")
        case .unauthentic:
            self.init(
                .unauthentic, "\(path): the file is not as it was written; nothing is imported",
                hint: "it was changed or cut off: take another copy of it")
        case .malformed: self.init(.malformed, "\(path): what is in the file makes no sense; nothing is imported")
        case .limitExceeded:
            self.init(.limitExceeded, "\(path): the passphrase takes more memory than there is or is allowed")
        case .store(let error): self.init(error, store: "store")
        case .stream: self.init(.storage, "\(path): the file cannot be read or written")
        case .backend: self.init(.internalError, "\(path): a library refuses")
        }
    }
}
