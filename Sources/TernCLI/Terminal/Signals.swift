// Owns what signals do to the program: an interruption is exit 130, a closed pipe is quiet, and a terminal shows again what
// is typed.

internal import Glibc
internal import Synchronization

enum Signals {
    static func install() {
        // a parent may have left it ignored: then writing would fail again and again instead of ending
        signal(SIGPIPE, SIG_DFL)
        // what a parent has us ignore, as nohup and shells do for the background, stays ignored
        guard !isIgnored(SIGINT) else { return }
        HiddenTyping.prepare()
        // nothing is lost: output is written line by line and never kept
        signal(SIGINT) { _ in
            HiddenTyping.end()
            _exit(ExitStatus.interrupted.rawValue)
        }
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard unsafe sigaction(number, nil, &action) == 0 else { return false }
        let ignoring = unsafe unsafeBitCast(SIG_IGN, to: Int.self)
        return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == ignoring
    }
}

/// A terminal that does not show what is typed. There is one at most, and an interruption ends it too.
enum HiddenTyping {
    /// The terminal's descriptor; -1 for none.
    private static let descriptor = Atomic<Int32>(-1)
    /// What the terminal was like. Only read while there is a descriptor.
    nonisolated(unsafe) private static var before = termios()

    /// Makes the globals, which a signal handler must not do.
    static func prepare() {
        descriptor.store(-1, ordering: .sequentiallyConsistent)
        unsafe before = termios()
    }

    /// Hides what is typed from now on. What was typed before is thrown away.
    static func begin(_ terminal: Int32) -> Bool {
        prepare()
        guard unsafe tcgetattr(terminal, &before) == 0 else { return false }
        var hidden = unsafe before
        hidden.c_lflag &= ~tcflag_t(ECHO)
        hidden.c_lflag |= tcflag_t(ICANON)
        descriptor.store(terminal, ordering: .sequentiallyConsistent)
        guard unsafe tcsetattr(terminal, TCSAFLUSH, &hidden) == 0 else {
            end()
            return false
        }
        return true
    }

    /// Makes the terminal what it was.
    static func end() {
        let terminal = descriptor.exchange(-1, ordering: .sequentiallyConsistent)
        if terminal >= 0 { _ = unsafe tcsetattr(terminal, TCSANOW, &before) }
    }
}
