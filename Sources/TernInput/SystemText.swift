// Owns the words for the system's error numbers that reading and writing meets: strerror's depend on the locale and are
// shared between threads.

internal import Glibc

/// The system's error numbers in words.
public enum SystemText {
    /// Lower case, no full stop.
    public static func describe(_ code: Int32) -> String {
        switch code {
        case ENOENT: "no such file or directory"
        case ENOTDIR: "a part of the path is no directory"
        case EACCES, EPERM: "permission denied"
        case EISDIR: "a directory"
        case ELOOP: "too many symbolic links"
        case ENAMETOOLONG: "the name is too long"
        case EIO: "input/output error"
        case EMFILE, ENFILE: "too many open files"
        case EBADF: "it is closed"
        case EAGAIN: "nothing can be read or written without waiting"
        case EROFS: "the file system is read-only"
        case ENOSPC, EDQUOT: "no space left"
        case EFBIG: "the file is as large as it may be"
        case EPIPE, ECONNRESET: "the other side has closed it"
        default: "system error \(code)"
        }
    }
}
