// Owns a host that does what sessions ask for: it runs jobs on other threads and fetches from a table.

import TernCore
import TernPGP

/// Carries a call out to its end.
func run(
    _ session: PGPSession, at now: Timestamp, serving nodes: [Node: [Item]] = [:],
    _ call: (PGPSession) throws -> Step
) async throws -> (last: Step, fetched: [Node]) {
    var fetched: [Node] = []
    var waiting = [try call(session)]
    while true {
        guard let step = waiting.popLast() else { throw SessionError.misuse }
        guard step.isWaiting else { return (step, fetched) }
        for need in step.needs {
            switch need {
            case .work(let job):
                let receipt = await Task.detached { job.run() }.value
                waiting += try session.supply([.worked(receipt)], at: now)
            case .fetch(let node):
                fetched.append(node)
                let answer = nodes[node].map { Fetched.found($0) } ?? .absent
                waiting += try session.supply([.fetched(node, answer)], at: now)
            case .publish, .retract: throw SessionError.misuse
            }
        }
        // steps that only wait bring nothing
        waiting.removeAll { $0.isWaiting && $0.needs.isEmpty }
    }
}
