// Owns answering over a descriptor: each answer whole, and a caller who does not read given up. It must not know what is
// answered.

internal import Glibc
internal import Synchronization
internal import TernJSON

/// Where a caller listens.
final class RPCOutput: Sendable {
    private let descriptor: Int32
    private let isBroken = Atomic(false)
    private let turn = Mutex(())

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
                }
            }
        }
    }
}
