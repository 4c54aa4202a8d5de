// Owns the small process that calls gpgme for a large one. It must not know what is in messages.

internal import Glibc
internal import Synchronization
internal import TernCore

/// A process of ours that does nothing but call gpgme.
///
/// gpgme starts gpg by `fork`, which copies the tables of all memory that its process has: with 512 MiB that takes longer than the
/// message itself. So a process that has grown asks a small one, which it starts without a copy.
public final class GPGWorker: Sendable {
    private let process: pid_t
    private let requests: Int32
    private let answers: Int32

    private static let program = Mutex<[String]>([])

    /// Says which program, with which arguments, comes to ``serve()`` at once; without one everything is done in this process.
    public static func register(_ program: [String]) { self.program.withLock { $0 = program } }

    /// Answers requests on standard input until that ends.
    public static func serve() {
        var homes: [String: GPGContext] = [:]
        while let record = Frame.read(from: STDIN_FILENO) {
            let result = Result { () throws(SessionError) -> GPGOperation.Outcome in
                let (operation, home, asksAgent) = try GPGOperation.read(record)
                let name = "\(asksAgent) \(home)"
                let context: GPGContext
                if let known = homes[name] {
                    context = known
                } else {
                    context = try GPGContext(home, asksAgent: asksAgent)
                }
                homes[name] = context
                return try operation.run(in: context)
            }
            guard Frame.write(GPGOperation.Outcome.record(result), to: STDOUT_FILENO) else { return }
        }
    }

    /// From so much memory on a process of its own is quicker: there the copy of the tables takes some milliseconds.
    private static let largest = 96 << 20

    /// Starts one where this process has grown and a program is known.
    init?(onlyWhereLarge: Bool = true) {
        let program = GPGWorker.program.withLock { $0 }
        guard let first = program.first, !onlyWhereLarge || GPGWorker.resident > GPGWorker.largest else { return nil }
        guard let forward = Pipe() else { return nil }
        guard let back = Pipe() else {
            close(forward.reading)
            close(forward.writing)
            return nil
        }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, forward.reading, STDIN_FILENO)
        unsafe posix_spawn_file_actions_adddup2(&actions, back.writing, STDOUT_FILENO)
        unsafe posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        let started = unsafe Spawn.run(first, program, &actions, nil)
        close(forward.reading)
        close(back.writing)
        guard let started else {
            close(forward.writing)
            close(back.reading)
            return nil
        }
        (process, requests, answers) = (started, forward.writing, back.reading)
    }

    /// Memory that this process has, in bytes.
    private static var resident: Int {
        let descriptor = unsafe open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
        let fields = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(getpagesize()) : 0
    }

    /// Has something done. One caller at a time.
    /// - Returns: Nothing where the process is gone.
    func run(
        _ operation: GPGOperation, in home: String, asksAgent: Bool
    ) -> Result<GPGOperation.Outcome, SessionError>? {
        guard Frame.write(operation.record(in: home, asksAgent: asksAgent), to: requests),
            let answer = Frame.read(from: answers)
        else { return nil }
        return Result { () throws(SessionError) in try GPGOperation.Outcome.read(answer) }
    }

    deinit {
        close(requests)
        close(answers)
        while waitpid(process, nil, 0) < 0, errno == EINTR {}
    }
}
