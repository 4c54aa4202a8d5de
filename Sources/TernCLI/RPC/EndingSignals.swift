// Owns that a process which is asked to end is told so on a thread, where more can be done than in a signal handler. It must
// not know what is done.

internal import class Foundation.Thread
internal import Glibc
internal import Synchronization

/// SIGTERM and SIGINT.
enum EndingSignals {
    /// Where a handler writes; -1 before ``take(_:)``.
    private static let bell = Atomic<Int32>(-1)

    /// Has `body` done when one comes, from now on and once.
    static func take(_ body: @escaping @Sendable () -> Void) throws(CommandFailure) {
        let ear = try descriptor()
        Thread.detachNewThread {
            var byte: UInt8 = 0
            while unsafe read(ear, &byte, 1) < 0, errno == EINTR {}
            body()
        }
    }

    /// A pipe from which something can be read once one has come.
    static func descriptor() throws(CommandFailure) -> Int32 {
        var ends: InlineArray<2, Int32> = [-1, -1]
        let made = unsafe withUnsafeMutablePointer(to: &ends) { ends in
            unsafe ends.withMemoryRebound(to: Int32.self, capacity: 2) { unsafe pipe($0) }
        }
        guard made == 0 else { throw CommandFailure(.internalError, "there is no pipe left") }
        bell.store(ends[1], ordering: .sequentiallyConsistent)
        for number in [SIGTERM, SIGINT] {
            signal(number) { _ in
                var byte: UInt8 = 0
                _ = unsafe write(EndingSignals.bell.load(ordering: .sequentiallyConsistent), &byte, 1)
            }
        }
        return ends[0]
    }
}
