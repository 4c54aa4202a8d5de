// Owns the process that removes a home when the one that made it is gone. It must not know what is in a home.

internal import Glibc

/// A shell that waits until nobody holds the other end of its pipe any more, and removes a directory then. It is in a session of
/// its own, so that a signal for the terminal's processes leaves it alone.
struct Guardian: Sendable {
    private let process: pid_t
    private let pipe: Int32
    private let held: Int32

    /// What is locked for as long as its process lives.
    static let lock = "held"

    /// Starts one; nil where that is not possible.
    init?(of folder: String) {
        let held = unsafe open("\(folder)/\(Guardian.lock)", O_RDWR | O_CREAT | O_CLOEXEC | O_EXCL, 0o600)
        guard held >= 0, flock(held, LOCK_EX | LOCK_NB) == 0 else { return nil }
        guard let ends = Pipe() else {
            close(held)
            return nil
        }
        defer { close(ends.reading) }
        guard let process = Guardian.start(folder, ends.reading) else {
            close(ends.writing)
            close(held)
            return nil
        }
        (self.process, pipe, self.held) = (process, ends.writing, held)
    }

    private static func start(_ folder: String, _ input: Int32) -> pid_t? {
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        // whoever waits for the end of our output does not wait for this process
        unsafe posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        unsafe posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Guardian.ownSession)
        let arguments = ["sh", "-c", "read -r _; [ ! -d \"$0\" ] || rm -rf -- \"$0\"", folder]
        return unsafe Spawn.run("/bin/sh", arguments, &actions, &attributes)
    }

    /// `POSIX_SPAWN_SETSID`, which Glibc's module leaves out.
    private static let ownSession: Int16 = 0x80

    /// Lets it end, and waits for that: a line ends it even where a program that the host started has the other end too.
    func dismiss() {
        _ = unsafe "\n".withCString { unsafe Glibc.write(pipe, $0, 1) }
        close(pipe)
        while waitpid(process, nil, 0) < 0, errno == EINTR {}
        close(held)
    }
}
