// Owns the words for the system's error numbers that reading files meets: strerror's depend on the locale and are shared
// between threads.

internal import Glibc

enum SystemText {
    static func describe(_ code: Int32) -> String {
        switch code {
        case ENOENT: "no such file or directory"
        case ENOTDIR: "a part of the path is no directory"
        case EACCES, EPERM: "permission denied"
        case EISDIR: "a directory"
        case ELOOP: "too many symbolic links"
        case ENAMETOOLONG: "the name is too long"
        case EIO: "input/output error"
        case EMFILE, ENFILE: "too many open files"
        default: "system error \(code)"
        }
    }
}
