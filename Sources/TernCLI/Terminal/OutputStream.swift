// Owns writing to a descriptor: at once, complete, and with its failure kept for the end.
//
// Nothing is buffered: whatever ends the process, what was printed before is there. A line is one system call, some
// hundred nanoseconds beside some ten microseconds of work for each.

internal import Glibc
internal import TernInput

/// Standard output or standard error.
final class OutputStream {
    private let descriptor: Int32
    private var failure: Int32?
    /// Whether a person reads along.
    let isTerminal: Bool

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        isTerminal = isatty(descriptor) == 1
    }

    func write(_ text: String) {
        write(Array(text.utf8))
    }

    func write(_ bytes: [UInt8]) {
        var written = 0
        while written < bytes.count, failure == nil {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                unsafe Glibc.write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                failure = errno
            }
        }
    }

    /// Makes what was written durable, where it goes to a file: whoever reads a pipe sees to that himself.
    func synchronise() {
        guard failure == nil, fsync(descriptor) != 0, errno != EINVAL, errno != EROFS else { return }
        failure = errno
    }

    /// Tells what could not be written.
    func finish() throws(CommandFailure) {
        guard let failure else { return }
        let reason = failure == EBADF ? "standard output is closed" : SystemText.describe(failure)
        throw CommandFailure(.storage, "cannot write the output: \(reason)")
    }
}
