// Owns the folder of a store: that nobody but its owner can look into it, and that its entries are durable.
// It must not know what is in its files.

internal import Glibc
internal import TernCore

/// An open folder that belongs to the user of this process alone.
///
/// What counts is the folder itself: who may change a folder above it can put another in its place, but not one that
/// belongs to this user. The last part of the path may not be a symbolic link, and no file in the folder may be one.
struct StoreDirectory: ~Copyable {
    /// The names of the files.
    enum File: String, CaseIterable {
        case database = "store.db"
        case log = "store.db-wal"
        case index = "store.db-shm"
        case lock = "lock"
        case generation = "generation"
    }

    /// Which folder of which file system.
    struct Identity: Hashable, Sendable {
        let device: UInt64
        let inode: UInt64
    }

    let path: String
    let identity: Identity
    private let descriptor: Int32

    /// Opens a folder that exists.
    init(opening path: String) throws(StoreError) {
        let path = Self.withoutTrailingSlashes(path)
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { throw Self.failure(errno) }
        if status.st_mode & S_IFMT == S_IFLNK { throw .exposed }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .failing(code: ENOTDIR) }
        guard status.st_uid == geteuid() else { throw .exposed }
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(errno) }
        guard unsafe fstat(descriptor, &status) == 0, status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
            close(descriptor)
            throw .exposed
        }
        self.path = path
        self.descriptor = descriptor
        identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    /// Makes a folder, and those above it, where they are missing, then opens it.
    static func create(at path: String) throws(StoreError) -> StoreDirectory {
        let path = withoutTrailingSlashes(path)
        try make(path)
        return try StoreDirectory(opening: path)
    }

    /// Where a file lies.
    func path(of file: File) -> String { path + "/" + file.rawValue }

    /// Refuses files that others can read, or that are no plain files of this user.
    func checkFiles() throws(StoreError) {
        for file in File.allCases {
            var status = stat()
            guard unsafe fstatat(descriptor, file.rawValue, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
                if errno == ENOENT { continue }
                throw .failing(code: errno)
            }
            try Self.check(status)
        }
    }

    /// Opens a file for reading and writing; makes it, for its owner alone, where it is missing.
    func open(_ file: File) throws(StoreError) -> Int32 {
        let flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC
        var descriptor = unsafe openat(self.descriptor, file.rawValue, flags | O_CREAT | O_EXCL, 0o600)
        if descriptor >= 0 {
            // whatever the umask took away
            fchmod(descriptor, 0o600)
            return descriptor
        }
        guard errno == EEXIST else { throw Self.failure(errno) }
        descriptor = unsafe openat(self.descriptor, file.rawValue, flags)
        guard descriptor >= 0 else { throw errno == ELOOP ? .exposed : Self.failure(errno) }
        var status = stat()
        do throws(StoreError) {
            guard unsafe fstat(descriptor, &status) == 0 else { throw .failing(code: errno) }
            try Self.check(status)
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        return descriptor
    }

    /// The first bytes of a file, nothing where there is no file.
    func start(of file: File, count: Int) throws(StoreError) -> [UInt8]? {
        let descriptor = unsafe openat(self.descriptor, file.rawValue, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw errno == ELOOP ? .exposed : Self.failure(errno)
        }
        defer { Glibc.close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: count)
        let length = unsafe pread(descriptor, &bytes, count, 0)
        guard length >= 0 else { throw .failing(code: errno) }
        return Array(bytes[..<length])
    }

    /// Makes the folder's entries durable.
    func synchronise() throws(StoreError) {
        guard fsync(descriptor) == 0 else { throw Self.failure(errno) }
    }

    /// Whether the path still leads to this folder.
    func isInPlace() -> Bool {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return false }
        return Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino)) == identity
    }

    deinit {
        Glibc.close(descriptor)
    }

    private static func check(_ status: stat) throws(StoreError) {
        guard status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(), status.st_mode & 0o077 == 0,
            status.st_nlink <= 1
        else { throw .exposed }
    }

    private static func make(_ path: String) throws(StoreError) {
        let parent = parent(of: path)
        if unsafe mkdir(path, 0o700) != 0 {
            if errno == EEXIST { return }
            guard errno == ENOENT, parent != path else { throw failure(errno) }
            try make(parent)
            guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure(errno) }
        }
        var status = stat()
        if unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_mode & 0o777 != 0o700 {
            // whatever the umask took away
            unsafe chmod(path, 0o700)
        }
        // A power loss after this must not lose the folder.
        let descriptor = unsafe Glibc.open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw failure(errno) }
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : withoutTrailingSlashes(String(path[..<slash]))
    }

    private static func withoutTrailingSlashes(_ path: String) -> String {
        var path = path
        while path.count > 1, path.last == "/" { path.removeLast() }
        return path
    }

    private static func failure(_ code: Int32) -> StoreError {
        switch code {
        case ENOENT: .missing
        case ENOSPC, EDQUOT: .full
        default: .failing(code: code)
        }
    }
}
