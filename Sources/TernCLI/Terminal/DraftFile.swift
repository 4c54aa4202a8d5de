// Owns writing a file piece by piece that nobody finds half of, and that outlasts the power once it is there. It must not know what
// is in it.

internal import Glibc
internal import TernInput

/// A file that is being written beside its place, for its owner alone.
final class DraftFile {
    private let path: String
    private let draft: String
    private let descriptor: Int32
    private var isThere = true

    /// Begins a file.
    init(_ path: String) throws(CommandFailure) {
        self.path = path
        draft = path + ".\(getpid()).part"
        descriptor = unsafe FileName.withPath(draft) {
            unsafe open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        }
        guard descriptor >= 0 else {
            isThere = false
            throw DraftFile.failure(path)
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        guard isThere else { return }
        _ = unsafe FileName.withPath(draft) { unsafe unlink($0) }
    }

    /// Whether there is something at a path, a link that leads nowhere included.
    static func isThere(_ path: String) -> Bool {
        var status = stat()
        return unsafe FileName.withPath(path) { unsafe lstat($0, &status) } == 0
    }

    /// Writes more of it.
    func write(_ bytes: [UInt8]) throws(CommandFailure) {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                unsafe Glibc.write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            }
            guard count > 0 || errno == EINTR else { throw DraftFile.failure(path) }
            written += max(0, count)
        }
    }

    /// Makes it durable and puts it in its place.
    /// - Parameter isReplacing: Whether what is there goes.
    func finish(replacing isReplacing: Bool) throws(CommandFailure) {
        guard fsync(descriptor) == 0 else { throw DraftFile.failure(path) }
        let isPlaced = unsafe FileName.withPath(draft) { draft in
            unsafe FileName.withPath(path) { path in
                guard !isReplacing else { return unsafe rename(draft, path) == 0 }
                // a name that somebody has taken meanwhile stays theirs
                return unsafe link(draft, path) == 0 && unlink(draft) == 0
            }
        }
        guard isPlaced else { throw DraftFile.failure(path) }
        isThere = false
        try synchroniseFolder()
    }

    private func synchroniseFolder() throws(CommandFailure) {
        let end = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let folder = end.map { String(path[...$0]) } ?? "."
        let descriptor = unsafe FileName.withPath(folder) { unsafe open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw DraftFile.failure(path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw DraftFile.failure(path) }
    }

    private static func failure(_ path: String) -> CommandFailure {
        let code = errno
        guard code != EEXIST else {
            return CommandFailure(.usage, "\(path): there is a file already", hint: "--force replaces it")
        }
        return CommandFailure(
            code == ENOENT || code == ENOTDIR ? .usage : .storage, "\(path): \(SystemText.describe(code))")
    }
}
