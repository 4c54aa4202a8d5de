// Owns writing a large file that a person names: under its name it is complete or not there. It must not know what is in it.

internal import Glibc
internal import TernCrypto
internal import TernInput

/// A file that gets its name when it is complete. Until then it has none, so that nothing is left of it however the process
/// ends; on a file system that knows no files without names it is hidden beside its place.
final class NamelessFile: ByteSink {
    private let path: String
    private let mayReplace: Bool
    private let descriptor: Int32
    /// The name that it has before it is complete.
    private var draft: String?

    /// - Parameters:
    ///   - mayReplace: Whether there may be a file of that name.
    ///   - isPrivate: Whether it is for its owner alone.
    /// - Throws: `usage` where there is such a file, `storage`.
    init(_ path: String, mayReplace: Bool, isPrivate: Bool) throws(CommandFailure) {
        try NamelessFile.check(path, mayReplace: mayReplace)
        let mode: mode_t = isPrivate ? 0o600 : 0o666
        var descriptor: Int32 = -1
        if unsafe access(NamelessFile.descriptors, X_OK) == 0 {
            descriptor = unsafe FileName.withPath(NamelessFile.folder(of: path)) {
                unsafe Glibc.open($0, O_WRONLY | NamelessFile.withoutName | O_CLOEXEC, mode)
            }
        }
        var draft: String?
        if descriptor < 0 {
            let name = NamelessFile.name(beside: path)
            draft = name
            descriptor = unsafe FileName.withPath(name) {
                unsafe Glibc.open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
            }
        }
        guard descriptor >= 0 else { throw NamelessFile.failure(path, errno) }
        self.path = path
        self.mayReplace = mayReplace
        self.descriptor = descriptor
        self.draft = draft
    }

    deinit {
        if let draft { _ = unsafe FileName.withPath(draft) { unsafe unlink($0) } }
        close(descriptor)
    }

    func write(_ bytes: Span<UInt8>) throws(CommandFailure) {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                unsafe Glibc.write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            }
            guard count > 0 || errno == EINTR else { throw NamelessFile.failure(path, errno) }
            written += max(0, count)
        }
    }

    /// Makes the bytes durable, then the name.
    func keep() throws(CommandFailure) {
        guard fsync(descriptor) == 0 else { throw NamelessFile.failure(path, errno) }
        if draft == nil {
            // a name that must be free can be given at once
            let name = mayReplace ? NamelessFile.name(beside: path) : path
            let own = "\(NamelessFile.descriptors)/\(descriptor)"
            let linked = unsafe FileName.withPath(name) {
                unsafe linkat(AT_FDCWD, own, AT_FDCWD, $0, Int32(AT_SYMLINK_FOLLOW))
            }
            guard linked == 0 else { throw NamelessFile.failure(path, errno) }
            if mayReplace { draft = name }
        }
        if let name = draft {
            let moved = unsafe FileName.withPath(name) { name in
                unsafe FileName.withPath(path) { unsafe mayReplace ? rename(name, $0) : link(name, $0) }
            }
            guard moved == 0 else { throw NamelessFile.failure(path, errno) }
            // a link leaves the other name, which goes at the end of this value's life
            if mayReplace { draft = nil }
        }
        try synchroniseFolder()
    }

    private func synchroniseFolder() throws(CommandFailure) {
        let folder = unsafe FileName.withPath(NamelessFile.folder(of: path)) {
            unsafe Glibc.open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        }
        guard folder >= 0 else { throw NamelessFile.failure(path, errno) }
        defer { close(folder) }
        guard fsync(folder) == 0 || errno == EINVAL else { throw NamelessFile.failure(path, errno) }
    }

    /// Early, before work is done for nothing; the name is taken or refused again at the end.
    private static func check(_ path: String, mayReplace: Bool) throws(CommandFailure) {
        guard !path.isEmpty else { throw CommandFailure(.usage, "an empty path names no file") }
        var status = stat()
        guard unsafe FileName.withPath(path, { unsafe lstat($0, &status) }) == 0 else { return }
        guard mayReplace else { throw failure(path, EEXIST) }
        guard [S_IFREG, S_IFLNK].contains(status.st_mode & S_IFMT) else {
            throw CommandFailure(.usage, "\(path): it is there and no file", hint: "- is standard output")
        }
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func name(beside path: String) -> String {
        var entropy = SystemEntropy()
        let name = path.split(separator: "/").last ?? "file"
        return folder(of: path) + "/.\(name.prefix(200)).\(entropy.number(below: .max)).part"
    }

    private static func failure(_ path: String, _ code: Int32) -> CommandFailure {
        switch code {
        case EEXIST:
            CommandFailure(.usage, "\(path): there is such a file already", hint: "--force replaces it")
        case ENOENT, ENOTDIR, EISDIR, ELOOP, ENAMETOOLONG:
            CommandFailure(.usage, "\(path): \(SystemText.describe(code))")
        default: CommandFailure(.storage, "\(path): \(SystemText.describe(code))")
        }
    }

    private static let descriptors = "/proc/self/fd"
    /// O_TMPFILE, which Glibc's module leaves out: its own bit of asm-generic/fcntl.h, and that of a folder.
    private static let withoutName: Int32 = 0o20_000_000 | O_DIRECTORY
}
