// Owns the threads that Tern's own hosts lend: those of the machine's processors.

internal import Dispatch
public import TernCore

extension Workers {
    /// A thread for each processor, the caller's among them.
    public static let processors = Workers { count, share in
        DispatchQueue.concurrentPerform(iterations: count, execute: share)
    }
}
