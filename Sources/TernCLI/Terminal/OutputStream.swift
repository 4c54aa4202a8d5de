// Owns writing to a descriptor: buffered, complete, and with its failure kept for the end.

internal import Glibc

/// Standard output or standard error.
final class OutputStream {
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var failure: Int32?
    /// Whether a person reads along.
    let isTerminal: Bool

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        isTerminal = isatty(descriptor) == 1
    }

    func write(_ text: String) {
        buffer += Array(text.utf8)
        if isTerminal || buffer.count > 1 << 16 { flush() }
    }

    /// Writes what is left.
    func flush() {
        var written = 0
        while written < buffer.count, failure == nil {
            let count = unsafe buffer.withUnsafeBytes { bytes in
                unsafe Glibc.write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                failure = errno
            }
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Writes what is left, and tells what could not be written.
    func finish() throws(CommandFailure) {
        flush()
        guard let failure else { return }
        let reason = failure == ENOSPC ? "no space left" : "system error \(failure)"
        throw CommandFailure(.storage, "cannot write the output: \(reason)")
    }
}
