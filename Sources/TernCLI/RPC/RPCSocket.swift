// Owns a socket that callers of the same user come to. It must not know what they say.

internal import Glibc
internal import Synchronization
internal import TernInput

/// A listening socket in the file system. Its file goes with it.
final class RPCSocket: Sendable {
    private let descriptor: Int32
    private let path: String
    /// Which file it is.
    private let identity = Mutex<(dev_t, ino_t)>((0, 0))

    /// Binds a path. What an earlier process left there is removed where nobody listens on it any more.
    /// - Throws: `usage` for a path that is too long or is something else, `storeHeld` where somebody listens, `storage`.
    init(at path: String) throws(CommandFailure) {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw RPCSocket.failure(path, errno) }
        do throws(CommandFailure) {
            try bind()
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit {
        close(descriptor)
    }

    private func bind() throws(CommandFailure) {
        guard let place = Place(path) else { throw RPCSocket.failure(path, errno) }
        var address = try RPCSocket.address(place.short)
        var status = stat()
        if unsafe lstat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFSOCK, status.st_uid == geteuid() else {
                throw CommandFailure(.usage, "\(path): there is something else")
            }
            guard !RPCSocket.isListening(path) else {
                throw CommandFailure(.storeHeld, "\(path): another process listens there")
            }
            _ = unsafe unlink(path)
        }
        // for this user alone from the first moment
        let mask = umask(0o177)
        let bound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        let code = errno
        umask(mask)
        guard bound == 0 else { throw RPCSocket.failure(path, code) }
        guard listen(descriptor, 64) == 0 else { throw RPCSocket.failure(path, errno) }
        guard unsafe lstat(path, &status) == 0 else { throw RPCSocket.failure(path, errno) }
        identity.withLock { $0 = (status.st_dev, status.st_ino) }
    }

    /// The folder of a socket: its path may be longer than an address may be, and what proc(5) calls it is not.
    private struct Place: ~Copyable {
        let short: String
        private let folder: Int32

        init?(_ path: String) {
            let cut = path.lastIndex(of: "/")
            let name = cut.map { String(path[path.index(after: $0)...]) } ?? path
            let parent = cut.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
            folder = unsafe open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            short = "/proc/self/fd/\(folder)/\(name)"
            guard folder >= 0 else { return nil }
        }

        deinit {
            if folder >= 0 { close(folder) }
        }
    }

    /// The next caller, who is of this process's user.
    /// - Returns: Nothing once the socket was shut.
    func accept() -> Int32? {
        while true {
            let caller = Glibc.accept(descriptor, nil, nil)
            if caller >= 0 {
                _ = fcntl(caller, F_SETFD, FD_CLOEXEC)
                guard RPCSocket.isOwn(caller) else {
                    close(caller)
                    continue
                }
                // who does not read is not waited for without end
                var limit = timeval(tv_sec: 30, tv_usec: 0)
                unsafe setsockopt(
                    caller, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
                return caller
            }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: usleep(10_000)
            default: return nil
            }
        }
    }

    /// Lets nobody in any more, and takes its file away.
    func shut() {
        // another process may have put its own in this one's place
        var status = stat()
        if unsafe lstat(path, &status) == 0, identity.withLock({ $0 == (status.st_dev, status.st_ino) }) {
            _ = unsafe unlink(path)
        }
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    private static func isOwn(_ caller: Int32) -> Bool {
        // unix(7): process, user, group
        var peer: InlineArray<3, UInt32> = [0, .max, 0]
        var length = socklen_t(MemoryLayout.size(ofValue: peer))
        guard unsafe getsockopt(caller, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 else { return false }
        return peer[1] == geteuid()
    }

    /// A line to whoever of this user listens at a path.
    /// - Parameter timeout: How long connecting, and reading and writing later, may take.
    static func connect(_ path: String, timeout: Duration = .seconds(3)) -> Int32? {
        guard let place = Place(path), var address = try? address(place.short) else { return nil }
        let line = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard line >= 0 else { return nil }
        // also for a queue of callers that is full
        var limit = timeval(tv_sec: Int(timeout.components.seconds), tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            unsafe setsockopt(line, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(line, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if connected == 0, isOwn(line) { return line }
        close(line)
        return nil
    }

    private static func isListening(_ path: String) -> Bool {
        guard let line = connect(path) else { return false }
        close(line)
        return true
    }

    private static func address(_ path: String) throws(CommandFailure) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count < capacity, !bytes.contains(0) else {
            throw CommandFailure(.usage, "\(path): a socket's path has less than \(capacity) bytes")
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        return address
    }

    private static func failure(_ path: String, _ code: Int32) -> CommandFailure {
        CommandFailure(.storage, "\(path): \(SystemText.describe(code))")
    }
}
