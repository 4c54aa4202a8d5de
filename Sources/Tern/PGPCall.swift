// Owns one call to a session of OpenPGP from beginning to end: who fetches, who computes. It must not know what is encrypted.

internal import TernCore
internal import TernOMEMO
internal import TernPGP

/// A call to a session that nobody else uses.
struct PGPCall: @unchecked Sendable {
    struct Outcome: Sendable {
        let step: Step
        /// What would have had to be fetched, where there is no network.
        let missing: [Node]
        let learned: [PGPSession.Learned]
    }

    private let session: PGPSession
    private let network: (any Network)?
    private let begin: @Sendable (PGPSession) throws(SessionError) -> Step

    init(
        _ session: sending PGPSession, _ network: (any Network)?,
        _ begin: @escaping @Sendable (PGPSession) throws(SessionError) -> Step
    ) {
        (self.session, self.network, self.begin) = (session, network, begin)
    }

    /// Carries calls out, as many at once as there are processors.
    static func run(_ calls: [PGPCall], at now: Timestamp) async -> [Result<Outcome, SessionError>] {
        await withTaskGroup(of: (Int, Result<Outcome, SessionError>).self) { group in
            var results: [Result<Outcome, SessionError>] = calls.map { _ in .failure(.abandoned) }
            var next = 0
            func add() {
                guard next < calls.count else { return }
                let place = next
                next += 1
                group.addTask { (place, await calls[place].run(at: now)) }
            }
            for _ in 0..<Surroundings.processors { add() }
            while let (place, result) = await group.next() {
                results[place] = result
                add()
            }
            return results
        }
    }

    private func run(at now: Timestamp) async -> Result<Outcome, SessionError> {
        var missing: [Node] = []
        do throws(SessionError) {
            var waiting = [try begin(session)]
            while let step = waiting.popLast() {
                guard step.isWaiting else {
                    return .success(Outcome(step: step, missing: [], learned: session.takeLearned()))
                }
                var answers: [Answer] = []
                for need in step.needs {
                    switch need {
                    case .work(let job):
                        let receipt =
                            if let network { await network.run(job) } else { await JobRunner.ownThread.run(job) }
                        answers.append(.worked(receipt))
                    case .fetch(let node):
                        guard let network else {
                            missing.append(node)
                            continue
                        }
                        answers.append(.fetched(node, await network.fetch(node)))
                    case .publish, .retract: throw .misuse
                    }
                }
                guard missing.isEmpty else {
                    return .success(Outcome(step: step, missing: missing, learned: session.takeLearned()))
                }
                for answer in answers {
                    waiting += try session.supply([answer], at: now).filter { !$0.isWaiting || !$0.needs.isEmpty }
                }
            }
            throw .abandoned
        } catch {
            return .failure(error)
        }
    }
}
