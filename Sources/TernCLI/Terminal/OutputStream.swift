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

    /// What was written to a stream that goes nowhere.
    private(set) var gathered: [UInt8] = []
    private let isGathering: Bool
    private let limit: Int
    private let listener: (([UInt8]) -> Void)?

    /// Whether more was written than somebody in this process wants to hold.
    var isFull: Bool { gathered.count > limit }

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        isTerminal = isatty(descriptor) == 1
        isGathering = false
        limit = .max
        listener = nil
    }

    private init(limit: Int, listener: (([UInt8]) -> Void)?) {
        descriptor = -1
        isTerminal = false
        isGathering = true
        self.limit = limit
        self.listener = listener
    }

    /// A stream whose bytes are kept for somebody in this process.
    /// - Parameters:
    ///   - limit: With more of them ``isFull``.
    ///   - listener: Hears each piece as it is written.
    static func gathering(limit: Int = .max, _ listener: (([UInt8]) -> Void)? = nil) -> OutputStream {
        OutputStream(limit: limit, listener: listener)
    }

    func write(_ text: String) {
        write(Array(text.utf8))
    }

    func write(_ bytes: [UInt8]) {
        write(bytes.span)
    }

    func write(_ bytes: Span<UInt8>) {
        guard !isGathering else {
            let bytes = bytes.indices.map { bytes[$0] }
            listener?(bytes)
            return gathered += bytes
        }
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
        guard !isGathering, failure == nil, fsync(descriptor) != 0, errno != EINVAL, errno != EROFS else { return }
        failure = errno
    }

    /// Tells what could not be written.
    func finish() throws(CommandFailure) {
        guard let failure else { return }
        let reason = failure == EBADF ? "standard output is closed" : SystemText.describe(failure)
        throw CommandFailure(.storage, "cannot write the output: \(reason)")
    }
}
