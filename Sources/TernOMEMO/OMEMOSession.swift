// Owns a conversation with an account or a room behind `Session`: what waits for which answer. It must not know how a
// message is encrypted, nor how anything is fetched or stored.

public import TernCore
internal import TernXML

/// One conversation of this device: with all devices of an account, or with a room.
public final class OMEMOSession<Storage: Store>: Session {
    /// Calls that wait for answers at most; then ``TernCore/SessionError/busy``.
    public static var queueLimit: Int { 256 }

    /// Who the conversation is with.
    public enum Partner: Hashable, Sendable {
        /// An account, all of its devices.
        case account(BareJID)
        /// A room, by the accounts of its members.
        case room(BareJID, members: [BareJID])
    }

    /// A draft that cannot be encrypted yet.
    private struct Waiting {
        let ticket: Ticket
        let draft: Draft
        /// Nodes that were asked for and not answered.
        var asked: Set<Node>
        /// Nodes that cannot be had.
        var absent: [Node: Event.Reason] = [:]
        var events: [Event] = []
    }

    /// Something that waits in the store, as it was when the host was asked.
    private struct Errand: Equatable {
        let key: RowKey
        let value: Outstanding
        let revision: Int
    }

    private let engine: OMEMOEngine<Storage>
    private let partner: Partner
    private let versions: [Version]
    private var waiting: [Waiting] = []
    /// Nodes that the host was asked to publish or to fetch for something that waits in the store.
    private var asked: [Node: Errand] = [:]
    /// Plaintexts that were given out and not acknowledged.
    private var receipts: [Ticket: RowKey] = [:]
    private var roll = Ticket.Roll()

    /// How far the conversation has come.
    public private(set) var phase = Phase.fresh

    /// A conversation.
    /// - Parameter versions: The versions that may be used, the preferred one first.
    public init(_ engine: OMEMOEngine<Storage>, with partner: Partner, versions: [Version] = [.v2, .v03]) {
        precondition(!versions.isEmpty, "a conversation has a version")
        self.engine = engine
        self.partner = partner
        self.versions = versions
    }

    /// The version that is preferred.
    public var scheme: Scheme { versions[0].scheme }

    /// Encrypts for all devices of the other side and this account's other devices, once their lists and prekeys are known.
    public func encrypt(_ content: Content, at now: Timestamp) throws(SessionError) -> Step {
        guard waiting.count < Self.queueLimit else { throw .busy }
        let draft =
            switch partner {
            case .account(let jid): Draft(content, to: [jid], versions: versions)
            case .room(let room, let members): Draft(content, to: members, room: room, versions: versions)
            }
        return try attempt(Waiting(ticket: roll.next(), draft: draft, asked: []), at: now, throwing: true)
    }

    /// Decrypts a message of the other side, or a copy of one of this account's own. Its plaintext stays in the store until
    /// ``acknowledge(_:)``: until then the same message gives it again.
    public func decrypt(_ incoming: Incoming, at now: Timestamp) throws(SessionError) -> Step {
        guard case .element(let element) = incoming.payload, isOurs(incoming) else { throw .misuse }
        let message = try EncryptedMessage(element)
        let (decryption, outstanding) = try engine.change { machine, transaction throws(SessionError) in
            let decryption = try machine.decrypt([message], incoming, at: now, in: &transaction)
            return (decryption, try machine.outstanding(in: transaction))
        }
        phase = .established
        var step = Step(roll.next(), plaintext: decryption.plaintext, outbound: decryption.replies)
        step.events = decryption.events
        receipts[step.ticket] = decryption.receipt
        try ask(for: outstanding, in: &step)
        return step
    }

    /// Forgets the plaintext of a call: its host has it for good.
    /// - Throws: ``TernCore/SessionError/unexpectedAnswer`` for a call that gave none, or whose plaintext is forgotten,
    ///   ``TernCore/SessionError/store(_:)``.
    public func acknowledge(_ ticket: Ticket) throws(SessionError) {
        guard let receipt = receipts[ticket] else { throw .unexpectedAnswer }
        try engine.change { machine, transaction throws(SessionError) in
            try machine.acknowledge(receipt, in: &transaction)
        }
        receipts[ticket] = nil
    }

    /// Takes what was fetched or published.
    public func supply(_ answers: [Answer], at now: Timestamp) throws(SessionError) -> [Step] {
        for answer in answers where !isExpected(answer) { throw .unexpectedAnswer }
        for answer in answers { try take(answer, at: now) }
        var steps: [Step] = []
        let calls = waiting
        waiting = []
        for call in calls {
            guard call.asked.isEmpty else {
                waiting.append(call)
                continue
            }
            steps.append(try attempt(call, at: now, throwing: false))
        }
        return steps
    }
}

// MARK: - Encrypting

extension OMEMOSession {
    private func attempt(_ call: Waiting, at now: Timestamp, throwing: Bool) throws(SessionError) -> Step {
        let outcome: Encryption
        do throws(SessionError) {
            outcome = try engine.change { machine, transaction throws(SessionError) in
                try machine.encrypt(call.draft, without: call.absent, at: now, in: &transaction)
            }
        } catch {
            guard !throwing else { throw error }
            return Step(call.ticket, events: call.events, failure: error)
        }
        switch outcome {
        case .missing(let nodes):
            var waits = call
            waits.asked = Set(nodes)
            waiting.append(waits)
            if phase == .fresh { phase = .negotiating }
            return Step(call.ticket, isWaiting: true, needs: nodes.map { .fetch($0) })
        case .refused(let error, let events):
            return Step(call.ticket, events: call.events + events, failure: error)
        case .sealed(let messages, let events):
            phase = .established
            return Step(call.ticket, outbound: outbound(messages), events: call.events + events)
        }
    }

    /// One message that carries all elements: the first is what is sent, the others go beside it.
    private func outbound(_ messages: [EncryptedMessage]) -> [Outbound] {
        guard let first = messages.first?.element else { return [] }
        let companions =
            messages.dropFirst().map(\.element)
            + Companions.elements(for: messages.map(\.version), fallback: Companions.fallback)
        switch partner {
        case .account(let jid): return [Outbound(to: .chat(JID(jid)), .element(first), companions: companions)]
        case .room(let room, _): return [Outbound(to: .room(room), .element(first), companions: companions)]
        }
    }
}

// MARK: - Answers

extension OMEMOSession {
    private func isExpected(_ answer: Answer) -> Bool {
        switch answer {
        case .fetched(let node, _): asked[node] != nil || waiting.contains { $0.asked.contains(node) }
        case .published(let node, _), .retracted(let node, _): asked[node] != nil
        case .worked: false
        }
    }

    private func take(_ answer: Answer, at now: Timestamp) throws(SessionError) {
        switch answer {
        case .worked: break
        case .published(let node, .done), .retracted(let node, .done): try settle(node)
        case .published(let node, .failed), .retracted(let node, .failed): asked[node] = nil
        case .fetched(let node, let fetched):
            let (reason, events) = try learn(fetched, at: node, now)
            if reason == .unknownBundle { asked[node] = nil } else { try settle(node) }
            for index in waiting.indices where waiting[index].asked.remove(node) != nil {
                waiting[index].events += events
                if let reason { waiting[index].absent[node] = reason }
            }
        }
    }

    /// Removes what waited in the store for a node, once nothing else is asked for it.
    private func settle(_ node: Node) throws(SessionError) {
        guard let errand = asked.removeValue(forKey: node), !asked.values.contains(errand) else { return }
        try engine.change { machine, transaction throws(SessionError) in
            // What was asked for again meanwhile is not what was done.
            guard machine.revision(of: errand.key) == errand.revision else { return }
            try machine.remove(errand.key, in: &transaction)
        }
    }

    /// - Returns: Why the node is of no use, where it is not.
    private func learn(
        _ fetched: Fetched, at node: Node, _ now: Timestamp
    ) throws(SessionError) -> (Event.Reason?, [Event]) {
        guard case .found(let items) = fetched else {
            guard case .absent = fetched else { return (.unknownBundle, []) }
            try engine.change { machine, transaction throws(SessionError) in
                try machine.learn(absent: node, at: now, in: &transaction)
            }
            return (.noBundle, [])
        }
        do throws(SessionError) {
            let events = try engine.change { machine, transaction throws(SessionError) in
                try machine.learn(items, at: node, at: now, in: &transaction)
            }
            return (nil, events)
        } catch {
            if case .store = error { throw error }
            return (.badBundle, [])
        }
    }

    /// Puts what waits for the host into a step.
    private func ask(
        for outstanding: [(key: RowKey, value: Outstanding)], in step: inout Step
    ) throws(SessionError) {
        for (key, value) in outstanding {
            let errand = Errand(key: key, value: value, revision: engine.device.revision(of: key))
            if case .fetchDeviceLists(let jid) = value {
                for version in versions {
                    let node = DeviceList.node(of: jid, version: version)
                    asked[node] = errand
                    step.needs.append(.fetch(node))
                }
            }
            if let node = engine.device.withdrawal(for: value) {
                asked[node] = errand
                step.needs.append(.retract(node))
            }
            let publication = try engine.change { machine, transaction throws(SessionError) in
                try machine.publication(for: value, in: transaction)
            }
            guard let publication else { continue }
            asked[publication.node] = errand
            step.needs.append(.publish(publication))
        }
    }

    private func isOurs(_ incoming: Incoming) -> Bool {
        switch partner {
        case .room(let room, _): incoming.room == room
        case .account(let jid):
            incoming.room == nil
                && (incoming.sender.bare == jid
                    || (incoming.sender.bare == engine.device.account && incoming.recipient.bare == jid))
        }
    }
}
