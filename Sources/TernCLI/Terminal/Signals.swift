// Owns what signals do to the program: an interruption is exit 130, a closed pipe is quiet.

internal import Glibc

enum Signals {
    static func install() {
        // a parent may have left it ignored: then writing would fail again and again instead of ending
        signal(SIGPIPE, SIG_DFL)
        signal(SIGINT) { _ in _exit(130) }
    }
}
