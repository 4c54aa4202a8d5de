// Owns writing a file that a person names: whole, or as it was before. It must not know what is in it.

internal import Glibc
internal import TernInput

/// A file to write.
struct OutputFile {
    private let path: String

    init(_ path: String) {
        self.path = path
    }

    /// Writes it beside its place first, so that nobody finds half of it.
    /// - Throws: `storage`.
    func write(_ bytes: [UInt8]) throws(CommandFailure) {
        let draft = path + ".\(getpid()).part"
        let descriptor = unsafe FileName.withPath(draft) {
            unsafe Glibc.open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        }
        guard descriptor >= 0 else { throw failure() }
        defer { Glibc.close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                unsafe Glibc.write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            }
            guard count > 0 || errno == EINTR else { throw abandon(draft) }
            written += max(0, count)
        }
        let renamed = unsafe FileName.withPath(draft) { draft in
            unsafe FileName.withPath(path) { unsafe rename(draft, $0) }
        }
        guard renamed == 0 else { throw abandon(draft) }
    }

    private func abandon(_ draft: String) -> CommandFailure {
        let failure = failure()
        _ = unsafe FileName.withPath(draft) { unsafe unlink($0) }
        return failure
    }

    private func failure() -> CommandFailure {
        CommandFailure(.storage, "\(path): \(SystemText.describe(errno))")
    }
}
