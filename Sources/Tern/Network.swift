// Owns what an account needs somebody to be: whoever fetches, publishes, sends and lends threads. It must not know how.

internal import Dispatch
public import TernCore
public import TernXML

/// Whoever carries out what an account cannot do by itself. Calls may come from several tasks at once.
public protocol Network: Sendable {
    /// Fetches what a node holds (XEP-0060 §6.5). What is not known to be absent has failed.
    func fetch(_ node: Node) async -> Fetched
    /// Publishes an item (XEP-0060 §7.1), for the readers that it is meant for.
    func publish(_ publication: Publication) async -> Published
    /// Takes away an item (XEP-0060 §7.2), or a whole node where none is named (§8.4).
    /// - Returns: ``TernCore/Published/done`` also for what is not there.
    func retract(_ node: Node) async -> Published
    /// Sends a stanza.
    /// - Returns: Whether it is on its way. What is not waits, and is sent again.
    func send(_ stanza: Element) async -> Bool
    /// Computes what takes long.
    func run(_ job: Job) async -> Job.Receipt
}

extension Network {
    /// Computes on one of the system's threads for such work.
    public func run(_ job: Job) async -> Job.Receipt { await SystemThreads.run(job) }

    /// Answers needs, so many at a time, in no particular order.
    func answers(to needs: [Need]) async -> [Answer] {
        await withTaskGroup(of: Answer.self) { group in
            var rest = needs[...]
            for _ in 0..<mostAtOnce {
                guard let need = rest.popFirst() else { break }
                group.addTask { await self.answer(to: need) }
            }
            var answers: [Answer] = []
            while let answer = await group.next() {
                answers.append(answer)
                if let need = rest.popFirst() { group.addTask { await self.answer(to: need) } }
            }
            return answers
        }
    }

    private func answer(to need: Need) async -> Answer {
        switch need {
        case .fetch(let node): .fetched(node, await fetch(node))
        case .publish(let publication): .published(publication.node, await publish(publication))
        case .retract(let node): .retracted(node, await retract(node))
        case .work(let job): .worked(await run(job))
        }
    }
}

/// The system's threads for what takes long.
public enum SystemThreads {
    /// Computes there.
    public static func run(_ job: Job) async -> Job.Receipt {
        await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .userInitiated).async { continuation.resume(returning: job.run()) }
        }
    }
}

/// A room of hundreds asks for thousands of bundles: a server takes some at once, and refuses who floods it.
private let mostAtOnce = 16
