// Owns that one process at a time holds a store. It must not know what it holds it for.

internal import Glibc
internal import Synchronization
internal import TernCore

/// A lock on a store's lock file, for as long as it lives.
///
/// The system frees it when the process ends, however it ends, and can be asked who holds it. A second lock of the same
/// process would succeed, and closing the file again would free the first: what this process holds is kept in a list.
final class StoreLock: Sendable {
    private let descriptor: Int32
    private let identity: StoreDirectory.Identity

    /// Takes the lock, or waits for it.
    /// - Throws: ``TernCore/StoreError/held(process:)`` when it is not free in time.
    init(_ directory: borrowing StoreDirectory, timeout: Duration) throws(StoreError) {
        let deadline = ContinuousClock.now + timeout
        identity = directory.identity
        while !Self.held.withLock({ [identity] in $0.insert(identity).inserted }) {
            guard ContinuousClock.now < deadline else { throw .held(process: getpid()) }
            Self.pause()
        }
        do throws(StoreError) {
            descriptor = try directory.open(.lock)
        } catch {
            _ = Self.held.withLock { [identity] in $0.remove(identity) }
            throw error
        }
        do throws(StoreError) {
            try Self.lock(descriptor, until: deadline)
        } catch {
            close(descriptor)
            _ = Self.held.withLock { [identity] in $0.remove(identity) }
            throw error
        }
    }

    deinit {
        close(descriptor)
        _ = Self.held.withLock { [identity] in $0.remove(identity) }
    }

    private static func lock(_ descriptor: Int32, until deadline: ContinuousClock.Instant) throws(StoreError) {
        while true {
            var whole = whole
            if unsafe fcntl(descriptor, F_SETLK, &whole) == 0 { return }
            guard errno == EACCES || errno == EAGAIN || errno == EINTR else { throw .failing(code: errno) }
            guard ContinuousClock.now < deadline else { throw .held(process: holder(of: descriptor)) }
            pause()
        }
    }

    private static func holder(of descriptor: Int32) -> Int32? {
        var asked = whole
        guard unsafe fcntl(descriptor, F_GETLK, &asked) == 0 else { return nil }
        return asked.l_type != Int16(F_UNLCK) && asked.l_pid > 0 ? asked.l_pid : nil
    }

    /// A lock for writing on all of a file.
    private static var whole: flock {
        flock(l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: 0, l_len: 0, l_pid: 0)
    }

    private static func pause() {
        usleep(10_000)  // shorter than anybody notices, longer than a try costs
    }

    /// What this process holds.
    private static let held = Mutex<Set<StoreDirectory.Identity>>([])
}
