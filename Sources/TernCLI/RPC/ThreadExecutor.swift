// Owns doing a task's work on one thread: what waits for a stranger there keeps nobody else waiting. It must not know the work.

internal import Dispatch
internal import Synchronization

/// The thread that calls ``run(_:)``, as the place of a task and of the actors that it calls.
final class ThreadExecutor: TaskExecutor {
    private let jobs = Mutex<[UnownedJob]>([])
    private let ready = DispatchSemaphore(value: 0)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
        ready.signal()
    }

    /// Does it here, and returns when it is done.
    /// - Parameter begun: Is given the task, which another thread may cancel.
    static func run<Value: Sendable>(
        begun: (Task<Void, Never>) -> Void = { _ in }, _ body: @escaping @Sendable () async -> Value
    ) -> Value {
        let executor = ThreadExecutor()
        let result = Result<Value>()
        let task = Task(executorPreference: executor) {
            let value = await body()
            result.value.withLock { $0 = value }
        }
        begun(task)
        while true {
            executor.ready.wait()
            let job = executor.jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            if let job { unsafe job.runSynchronously(on: executor.asUnownedTaskExecutor()) }
            if let value = result.value.withLock({ $0 }) { return value }
        }
    }

    private final class Result<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
    }
}
