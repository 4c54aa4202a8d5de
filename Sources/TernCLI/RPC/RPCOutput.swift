// Owns what goes to a caller: each line whole, and a caller who does not read given up. It must not know what is said.

internal import Dispatch
internal import class Foundation.Thread
internal import Glibc
internal import Synchronization
internal import TernJSON

/// Where a caller listens.
final class RPCOutput: Sendable {
    /// Lines that wait for a caller who is slower than what is told.
    private static let limit = 1024

    private let descriptor: Int32
    private let isBroken = Atomic(false)
    private let turn = Mutex(())
    private let post = Mutex(Post())
    private let ready = DispatchSemaphore(value: 0)

    private struct Post {
        var lines: [JSONValue] = []
        /// Lines that there was no place for.
        var lost = 0
        var hasThread = false
        var isEnded = false
    }

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Whether anybody listens.
    var isOpen: Bool { !isBroken.load(ordering: .relaxed) }

    /// Writes a line. Nothing more is written once it failed.
    func write(_ value: JSONValue) {
        let bytes = Array((value.text + "\n").utf8)
        turn.withLock { _ in
            var written = 0
            while written < bytes.count, isOpen {
                let count = unsafe bytes.withUnsafeBytes { bytes in
                    unsafe Glibc.write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
                }
                if count >= 0 {
                    written += count
                } else if errno != EINTR {
                    isBroken.store(true, ordering: .relaxed)
                    // who has not read for so long is told by the end of the connection
                    shutdown(descriptor, Int32(SHUT_RDWR))
                }
            }
        }
    }

    /// Waits until the caller has read everything.
    /// - Parameters:
    ///   - isOver: Whether nothing more is heard from them, or this process is to end: then they have little time.
    ///   - ending: Whether the caller has hung up having read everything; nothing as long as they have not.
    /// - Returns: Whether they have it. Nobody can tell for a file, which is as good as read.
    func waitUntilRead(isOver: () -> Bool, _ ending: () -> Bool?) -> Bool {
        var status = stat()
        guard isOpen, unsafe fstat(descriptor, &status) == 0 else { return false }
        let isSocket = status.st_mode & S_IFMT == S_IFSOCK
        guard isSocket || status.st_mode & S_IFMT == S_IFIFO else { return true }
        // unix(7), pipe(7): what the other end has not read
        let request = UInt(isSocket ? TIOCOUTQ : FIONREAD)
        let start = ContinuousClock.now
        var pause: UInt32 = 50
        while isOpen {
            var unread: Int32 = 0
            guard unsafe ioctl(descriptor, request, &unread) == 0 else { return false }
            var state = pollfd(fd: descriptor, events: 0, revents: 0)
            _ = unsafe poll(&state, 1, 0)
            let isGone = state.revents & Int16(POLLHUP | POLLERR) != 0
            if unread == 0 {
                guard isSocket, isGone else { return true }
                // Whoever goes without reading leaves nothing unread either; reading from them tells.
                if let ending = ending() { return ending }
            } else if isGone {
                return false
            }
            let patience = isOver() ? RPCOutput.shortPatience : RPCOutput.patience
            guard ContinuousClock.now - start < patience else { return false }
            usleep(pause)
            pause = min(pause * 2, 10_000)
        }
        return false
    }

    private static let patience: Duration = .seconds(60)
    private static let shortPatience: Duration = .seconds(3)

    /// Has a line written without waiting for whoever reads it.
    /// - Returns: Whether there was a place for it. How many were lost the caller is told in their place.
    @discardableResult
    func post(_ value: JSONValue) -> Bool {
        let (isTaken, isFirst) = post.withLock { post -> (Bool, Bool) in
            guard !post.isEnded, isOpen else { return (false, false) }
            guard post.lines.count < RPCOutput.limit else {
                post.lost += 1
                return (false, false)
            }
            post.lines.append(value)
            defer { post.hasThread = true }
            return (true, !post.hasThread)
        }
        if isFirst { Thread.detachNewThread { self.writePosts() } }
        if isTaken { ready.signal() }
        return isTaken
    }

    /// Ends the posting of lines: what waits is written, unless nobody listens.
    func end() {
        let hasThread = post.withLock { post in
            post.isEnded = true
            return post.hasThread
        }
        if hasThread { ready.signal() }
    }

    private func writePosts() {
        while true {
            ready.wait()
            let (line, lost, isEnded) = post.withLock { post -> (JSONValue?, Int, Bool) in
                let line = post.lines.isEmpty ? nil : post.lines.removeFirst()
                defer { if line != nil { post.lost = 0 } }
                return (line, post.lost, post.isEnded)
            }
            guard let line else {
                if isEnded { return }
                continue
            }
            if lost > 0 { write(RPCNotification.lost(lost).json) }
            write(line)
            if isEnded { ready.signal() }
        }
    }
}

/// Something that a caller is told without having asked.
struct RPCNotification {
    let method: String
    let parameters: JSONObject

    init(_ method: String, _ parameters: JSONObject) {
        self.method = method
        self.parameters = parameters
    }

    /// The caller was too slow for what was told.
    static func lost(_ count: Int) -> RPCNotification {
        RPCNotification("lost", JSONObject([.init(name: "count", value: .number(String(count)))]))
    }

    var json: JSONValue {
        ["jsonrpc": "2.0", "method": .string(method), "params": .object(parameters)]
    }
}
