// Owns threads for what takes long. It must not know what that is.

internal import Dispatch

/// A thread for one piece of work, as a queue of its own has: those for tasks are as many as processors, and a few pieces of work would hold
/// up all of them.
enum OwnThread {
    static func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "tern.work").async { continuation.resume(returning: body()) }
        }
    }
}
