// Owns reading a file of which nothing is known: bounded, whatever kind of file it is. It must not know what is in it.

internal import Glibc

/// A file's bytes.
public enum BoundedFile {
    /// The most bytes that are read: a hundred times the largest vector file there is.
    public static let limit = 64 << 20

    /// Reads a whole file; `-` is standard input.
    /// - Throws: ``VectorFault`` with the system's reason, or when there is more than ``limit``.
    static func read(_ path: String) throws(VectorFault) -> [UInt8] {
        let descriptor = path == "-" ? STDIN_FILENO : unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw failure(path) }
        // a sparse file may claim terabytes: refused before anything is allocated
        guard status.st_size <= limit else { throw tooLarge(path) }
        var bytes: [UInt8] = []
        let capacity = max(1 << 16, min(Int(status.st_size), limit)) + 1
        while true {
            var failed = false
            let chunk = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                let got = retrying { unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
                failed = got < 0
                count = max(0, got)
            }
            if failed { throw failure(path) }
            if chunk.isEmpty { return bytes }
            bytes += chunk
            guard bytes.count <= limit else { throw tooLarge(path) }
        }
    }

    private static func retrying(_ call: () -> Int) -> Int {
        while true {
            let result = call()
            if result >= 0 || errno != EINTR { return result }
        }
    }

    private static func tooLarge(_ path: String) -> VectorFault {
        VectorFault(.tooLarge, path, "larger than \(limit >> 20) MiB")
    }

    /// The fault that `errno` stands for.
    static func failure(_ path: String) -> VectorFault {
        let code = errno
        let reason: VectorFault.Reason =
            switch code {
            case ENOENT, ENOTDIR, ENAMETOOLONG, ELOOP: .notFound
            default: .unreadable
            }
        return VectorFault(reason, path, SystemText.describe(code))
    }
}
