// Owns who does the work that sessions hand out. It must not know what the work is.

public import TernCore

/// Does the work that sessions hand out, for a host.
public struct JobRunner: Sendable {
    private let body: @Sendable (Job) async -> Job.Receipt

    /// - Parameter body: Runs a job, once, and gives its receipt.
    public init(_ body: @escaping @Sendable (Job) async -> Job.Receipt) {
        self.body = body
    }

    /// Runs a job.
    public func run(_ job: Job) async -> Job.Receipt { await body(job) }

    /// A thread for each job.
    public static let ownThread = JobRunner { job in await OwnThread.run { job.run() } }
}
