// Owns reading from a file, a pipe or standard input of which nothing is known: bounded, and never waiting for somebody
// who may not come. It must not know what is in it.

internal import Glibc

/// Something to read from, open until the end of its life.
public struct InputStream: ~Copyable, Sendable {
    /// The path, `-` for standard input.
    public let path: String
    private let descriptor: Int32
    private let isOwned: Bool
    private let size: Int
    /// A descriptor whose other end going away ends the reading too; -1 for none.
    private let companion: Int32
    /// Where reading began in a file; nil where what was read is gone.
    private let start: off_t?
    /// What is in memory and was not read yet, where there is no descriptor.
    private var rest: ArraySlice<UInt8> = []

    /// Opens a path; nil and `-` are standard input.
    ///
    /// A named pipe would be waited for until somebody writes to it, and a device has no end: neither is opened. The pipes
    /// of a shell's `<(…)` are.
    public init(_ path: String?) throws(InputError) {
        let path = path ?? "-"
        let descriptor =
            path == "-"
            ? STDIN_FILENO
            : unsafe FileName.withPath(path) { unsafe open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) }
        guard descriptor >= 0 else { throw InputError(system: errno, path) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            let code = errno
            if descriptor != STDIN_FILENO { close(descriptor) }
            throw InputError(system: code, path)
        }
        if descriptor != STDIN_FILENO, let fault = InputStream.fault(descriptor, status, path) {
            close(descriptor)
            throw fault
        }
        self.path = path
        self.descriptor = descriptor
        companion = -1
        isOwned = descriptor != STDIN_FILENO
        (start, size) = InputStream.extent(descriptor, status)
    }

    /// Borrows the descriptor of a standard input.
    /// - Parameter companion: A pipe or socket: where something can be read from it, or its other end has gone, nobody waits for
    ///   this input any more, and reading it fails.
    public init(standardInput descriptor: Int32, until companion: Int32 = -1) throws(InputError) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw InputError(system: errno, "-") }
        path = "-"
        self.descriptor = descriptor
        self.companion = companion
        isOwned = false
        (start, size) = InputStream.extent(descriptor, status)
    }

    /// A standard input that is in memory.
    public init(standardInput bytes: [UInt8]) {
        path = "-"
        descriptor = -1
        companion = -1
        isOwned = false
        size = bytes.count
        start = nil
        rest = bytes[...]
    }

    /// The path as a person reads it.
    public var name: String { path == "-" ? "standard input" : path }

    /// Whether a person types.
    public var isTerminal: Bool { descriptor >= 0 && isatty(descriptor) == 1 }

    /// Bytes that there are to read, where that is known: in a file that nobody writes to.
    public var knownLength: Int? { start == nil ? nil : size }

    /// Goes back to where reading began. Only where ``knownLength`` is known.
    public mutating func rewind() throws(InputError) {
        guard let start, lseek(descriptor, start, SEEK_SET) == start else {
            throw InputError(.notFile, path, "this has to be a file: it is read twice")
        }
    }

    /// Where reading a file begins, and how much there is from there on.
    private static func extent(_ descriptor: Int32, _ status: stat) -> (off_t?, Int) {
        guard status.st_mode & S_IFMT == S_IFREG else { return (nil, 0) }
        let start = lseek(descriptor, 0, SEEK_CUR)
        return start < 0 ? (nil, 0) : (start, max(0, Int(status.st_size) - Int(start)))
    }

    /// Reads to the end.
    public consuming func readAll(limit: Int) throws(InputError) -> [UInt8] {
        // a sparse file may claim terabytes: refused before anything is allocated
        guard size <= limit else { throw tooLarge(limit) }
        var bytes: [UInt8] = []
        let capacity = max(1 << 16, size) + 1
        while true {
            let chunk = try read(upTo: capacity)
            if chunk.isEmpty { return bytes }
            guard bytes.count + chunk.count <= limit else { throw tooLarge(limit) }
            bytes += chunk
        }
    }

    /// Borrows a descriptor that somebody else has opened, and leaves it open.
    public init(descriptor: Int32) throws(InputError) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw InputError(system: errno, "descriptor \(descriptor)")
        }
        path = "descriptor \(descriptor)"
        self.descriptor = descriptor
        companion = -1
        isOwned = false
        size = 0
        start = nil
    }

    /// Takes a file over that somebody has opened, from its beginning.
    /// - Parameter path: What it is called.
    public init(owning descriptor: Int32, path: String) throws(InputError) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
            let code = errno
            close(descriptor)
            throw InputError(system: code, path)
        }
        self.path = path
        self.descriptor = descriptor
        companion = -1
        isOwned = true
        (start, size) = InputStream.extent(descriptor, status)
    }

    /// Reads what there is into memory of the caller's, and gives how much it was. Nothing is the end.
    public mutating func read(into memory: inout MutableSpan<UInt8>) throws(InputError) -> Int {
        guard descriptor >= 0 else {
            let piece = rest.prefix(memory.count)
            for (place, byte) in piece.enumerated() { memory[place] = byte }
            rest.removeFirst(piece.count)
            return piece.count
        }
        try waitForInput()
        var failure: Int32 = 0
        let count = unsafe memory.withUnsafeMutableBytes { bytes in
            while true {
                let got = unsafe Glibc.read(descriptor, bytes.baseAddress, bytes.count)
                if got >= 0 { return got }
                if errno == EINTR { continue }
                failure = errno
                return 0
            }
        }
        guard failure == 0 else { throw InputError(system: failure, path) }
        return count
    }

    /// Reads what there is, at most so much. Nothing is the end.
    public mutating func read(upTo count: Int) throws(InputError) -> [UInt8] {
        guard descriptor >= 0 else {
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        try waitForInput()
        var failure: Int32 = 0
        let chunk = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, count in
            while true {
                let got = unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                count = max(0, got)
                guard got < 0 else { return }
                if errno == EINTR { continue }
                failure = errno
                return
            }
        }
        guard failure == 0 else { throw InputError(system: failure, path) }
        return chunk
    }

    /// Waits until something can be read.
    /// - Throws: `abandoned` where nobody waits for it any more.
    private func waitForInput() throws(InputError) {
        guard companion >= 0 else { return }
        let gone = Int16(POLLIN | POLLHUP | POLLERR) | 0x2000  // POLLRDHUP
        var requests: InlineArray<2, pollfd> = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0), pollfd(fd: companion, events: gone, revents: 0),
        ]
        while true {
            let count = unsafe withUnsafeMutablePointer(to: &requests) { requests in
                unsafe requests.withMemoryRebound(to: pollfd.self, capacity: 2) { unsafe poll($0, 2, -1) }
            }
            if requests[1].revents != 0 { throw InputError(.abandoned, path, "nobody waits for it any more") }
            if requests[0].revents != 0 { return }
            guard count >= 0 || errno == EINTR else { return }
        }
    }

    /// Whether something, or the end, can be read without waiting.
    func isReady() -> Bool {
        guard descriptor >= 0 else { return true }
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&request, 1, 0) != 0
    }

    private func tooLarge(_ limit: Int) -> InputError {
        let size = limit >= 1 << 20 ? "\(limit >> 20) MiB" : "\(limit) bytes"
        return InputError(.tooLarge, path, "larger than \(size)")
    }

    /// What speaks against reading from a descriptor that was opened without waiting.
    private static func fault(_ descriptor: Int32, _ status: stat, _ path: String) -> InputError? {
        switch status.st_mode & S_IFMT {
        case S_IFREG: return nil
        case S_IFDIR: return InputError(system: EISDIR, path)
        case S_IFIFO where isShellPipe(descriptor):
            let flags = fcntl(descriptor, F_GETFL)
            guard flags >= 0, fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK) == 0 else {
                return InputError(system: errno, path)
            }
            return nil
        default: return InputError(.notFile, path, InputError.noFile)
        }
    }

    /// Whether a pipe has no name of its own, so that its writer came with it: proc(5) tells where it lies.
    private static func isShellPipe(_ descriptor: Int32) -> Bool {
        let mark = Array("pipe:".utf8)
        let place = unsafe [UInt8](unsafeUninitializedCapacity: mark.count) { buffer, count in
            guard let base = buffer.baseAddress else { return }
            count = unsafe base.withMemoryRebound(to: CChar.self, capacity: mark.count) { text in
                max(0, unsafe readlink("/proc/self/fd/\(descriptor)", text, mark.count))
            }
        }
        return place == mark
    }

    deinit {
        if isOwned { close(descriptor) }
    }
}
