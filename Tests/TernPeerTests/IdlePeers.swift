// Owns the foreign processes that nobody talks to at the moment: one takes a second to start, and there are many tests.
// It must not know what they are asked.

import Glibc
import Synchronization

/// Processes for one test after the other. Each belongs to one test at a time, and ends when all tests have.
enum IdlePeers {
    private static let idle = Mutex<[ForeignPeer]>([])
    private static let devices = Atomic<Int>(1_000)

    /// Ends those that are idle when this process exits, once.
    private static let ending: Void = {
        atexit {
            for peer in IdlePeers.idle.withLock({ $0 }) {
                var status: Int32 = 0
                kill(peer.id, SIGKILL)
                unsafe waitpid(peer.id, &status, 0)
            }
        }
    }()

    /// A process of an implementation: one that a test has given back, or a new one.
    static func take(_ implementation: ForeignPeer.Implementation) throws -> ForeignPeer {
        let found = idle.withLock { idle in
            idle.firstIndex { $0.program == implementation.rawValue }.map { idle.remove(at: $0) }
        }
        if let found { return found }
        _ = ending
        return try ForeignPeer(implementation)
    }

    /// Gives a process back, unless it has failed to answer.
    static func give(back peer: ForeignPeer) {
        guard peer.isSound else { return }
        idle.withLock { $0.append(peer) }
    }

    /// A number that no device of any process has.
    static func device() -> Int {
        devices.add(1, ordering: .relaxed).newValue
    }
}
