// Owns carrying out what a session's steps ask for, and which call waits for which of them. It must not know which scheme it
// is, nor who the network is.

internal import TernCore
internal import TernCrypto

/// A session and the calls that wait for it. Confined to its account.
final class Exchange {
    let session: any Session
    /// Nodes that somebody is fetching or publishing: who needs them too waits for the same answer.
    private var asked: Set<Node> = []
    private var outcomes: [Ticket: Outcome] = [:]
    private var waiting: [Ticket: CheckedContinuation<Outcome, Never>] = [:]

    /// What came of a call, in all of its steps.
    struct Outcome {
        var plaintext: Plaintext?
        var events: [Event] = []
        var failure: SessionError?
        /// What the network did not take.
        var unsent: [Outbound] = []
        var isFinished = false
    }

    init(_ session: any Session) {
        self.session = session
    }

    /// Whether nobody waits for anything.
    var isIdle: Bool { outcomes.isEmpty && asked.isEmpty }

    /// Calls that have not had their last step.
    var waitingTickets: [Ticket] { outcomes.filter { !$0.value.isFinished }.map(\.key) }

    /// Takes what a step tells, and gives back the needs that nobody sees to yet.
    func take(_ step: Step) -> [Need] {
        var outcome = outcomes[step.ticket] ?? Outcome()
        outcome.plaintext = step.plaintext ?? outcome.plaintext
        outcome.events += step.events
        outcome.failure = step.failure ?? outcome.failure
        outcomes[step.ticket] = outcome
        return step.needs.filter { need in need.node.map { asked.insert($0).inserted } ?? true }
    }

    func note(unsent outbound: Outbound, of ticket: Ticket) {
        outcomes[ticket]?.unsent.append(outbound)
    }

    func supply(_ answer: Answer, at now: Timestamp) throws(SessionError) -> [Step] {
        if let node = answer.node { asked.remove(node) }
        return try session.supply([answer], at: now)
    }

    /// A call has had its last step, and that was carried out.
    func finish(_ ticket: Ticket) {
        outcomes[ticket]?.isFinished = true
        guard let call = waiting.removeValue(forKey: ticket), let outcome = outcomes.removeValue(forKey: ticket) else {
            return
        }
        call.resume(returning: outcome)
    }

    /// What came of a call: it has to be asked for once.
    /// - Parameter call: It is told as soon as that is known.
    func await(_ ticket: Ticket, _ call: CheckedContinuation<Outcome, Never>) {
        guard let outcome = outcomes[ticket], outcome.isFinished else {
            waiting[ticket] = call
            return
        }
        outcomes[ticket] = nil
        call.resume(returning: outcome)
    }
}

extension Account {
    /// Makes a call to a session, and carries out all that follows from it.
    func perform(
        on exchange: Exchange, over network: any Network, at now: Timestamp,
        _ call: (any Session) throws(SessionError) -> Step
    ) async throws(SessionError) -> Exchange.Outcome {
        let step = try call(exchange.session)
        await carryOut([step], of: exchange, over: network, at: now)
        return await withCheckedContinuation { exchange.await(step.ticket, $0) }
    }

    /// Sends in order, then asks for everything at once: each answer moves on whatever waits for it.
    private func carryOut(_ steps: [Step], of exchange: Exchange, over network: any Network, at now: Timestamp) async {
        // All at once: what one of them asks for the next one does not ask for again.
        let needs = steps.flatMap(exchange.take)
        for step in steps {
            tell(step.events)
            for outbound in step.outbound where !(await network.send(outbound.stanza(id: StanzaID.random()))) {
                exchange.note(unsent: outbound, of: step.ticket)
            }
            if !step.isWaiting { exchange.finish(step.ticket) }
        }
        for answer in await network.answers(to: needs) {
            do throws(SessionError) {
                await carryOut(try exchange.supply(answer, at: now), of: exchange, over: network, at: now)
            } catch {
                // Nobody asks for it any more; or the store is gone, and then whoever waits is told.
                guard case .store = error else { continue }
                for ticket in exchange.waitingTickets {
                    _ = exchange.take(Step(ticket, failure: error))
                    exchange.finish(ticket)
                }
            }
        }
    }
}

/// Identifiers of stanzas.
enum StanzaID {
    /// 64 bits that nobody can guess.
    static func random() -> String {
        var entropy = SystemEntropy()
        return String(decoding: Hexadecimal.encode(entropy.bytes(8).span).exposed(), as: UTF8.self)
    }
}

extension Need {
    fileprivate var node: Node? {
        switch self {
        case .fetch(let node): node
        case .publish(let publication): publication.node
        case .retract(let node): node
        case .work: nil
        }
    }
}

extension Answer {
    fileprivate var node: Node? {
        switch self {
        case .fetched(let node, _), .published(let node, _), .retracted(let node, _): node
        case .worked: nil
        }
    }
}
