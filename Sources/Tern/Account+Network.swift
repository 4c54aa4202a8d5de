// Owns how an account does what needs a network: fetching what a message lacks, carrying out what waits. It must not know
// which network that is.

public import TernCore
internal import TernCrypto
public import TernOMEMO

extension Account {
    /// Encrypts drafts, each for itself, after fetching from `network` what they lack, each node once.
    ///
    /// What is absent leaves its device out, by an event; where a recipient has no other, the draft is refused. What could
    /// not be fetched goes on missing, and nothing is encrypted unless the draft is partial.
    /// - Throws: ``TernCore/SessionError/store(_:)``: then nothing has changed but what was learned.
    public func encrypt(
        _ drafts: [Draft], over network: some Network, at now: Timestamp
    ) async throws(SessionError) -> [Result<Encryption, SessionError>] {
        var results: [Result<Encryption, SessionError>] = []
        var absent: [Node: Event.Reason] = [:]
        var failed: Set<Node> = []
        var waiting = Array(drafts.indices)
        var learned: [Event] = []
        // lists, then bundles; once more where a list has changed meanwhile
        for _ in 0..<rounds {
            let tries = waiting.map { place in
                var draft = drafts[place]
                // what can be fetched is not left out
                draft.isPartial = false
                return draft
            }
            let round = try encrypt(tries, without: absent, at: now)
            if results.isEmpty {
                results = round
            } else {
                for (place, result) in zip(waiting, round) { results[place] = result }
            }
            waiting = waiting.filter { results[$0].missing != nil }
            let nodes = waiting.flatMap { results[$0].missing ?? [] }.unique.filter { !failed.contains($0) }
            guard !nodes.isEmpty, !Task.isCancelled else { break }
            learned += try await fetch(nodes, from: network, at: now, &absent)
            // What could not be fetched goes on missing: that says nothing about what is there.
            for (node, reason) in absent where reason == .unknownBundle {
                failed.insert(node)
                absent[node] = nil
            }
        }
        let partial = drafts.indices.filter { drafts[$0].isPartial && results[$0].isIncomplete }
        if !partial.isEmpty {
            let rest = try encrypt(partial.map { drafts[$0] }, without: absent, at: now)
            for (place, result) in zip(partial, rest) { results[place] = result }
        }
        // What was learned is told once, with the first draft that it is about.
        for event in learned {
            guard case .device(let address, _) = event else { continue }
            let place = drafts.firstIndex { $0.recipients.contains(address.jid) }
            if let place { results[place] = results[place].map { $0.telling([event]) } }
        }
        return results
    }

    /// Fetches nodes and takes what they hold.
    private func fetch(
        _ nodes: [Node], from network: some Network, at now: Timestamp,
        _ absent: inout [Node: Event.Reason]
    ) async throws(SessionError) -> [Event] {
        var events: [Event] = []
        for case .fetched(let node, let fetched) in await network.answers(to: nodes.map { .fetch($0) }) {
            let (reason, told) = try take(fetched, at: node, at: now)
            absent[node] = reason
            events += told
        }
        return events
    }

    /// Takes what came of fetching a node.
    /// - Returns: Why it is of no use, where it is not.
    private func take(_ fetched: Fetched, at node: Node, at now: Timestamp) throws(SessionError) -> (
        Event.Reason?, [Event]
    ) {
        switch fetched {
        case .failed: return (.unknownBundle, [])
        case .absent:
            try learn(absent: node, at: now)
            return (.noBundle, [])
        case .found(let items):
            do throws(SessionError) {
                return (nil, try learn(items, at: node, at: now))
            } catch {
                if case .store = error { throw error }
                return (.badBundle, [])
            }
        }
    }

    /// Whether something of what waits is being carried out.
    public var isCarryingOut: Bool { !underway.isEmpty }

    /// Carries out what waits, until nothing does or the network does not take it.
    /// - Returns: What is to be known of what was fetched.
    /// - Throws: ``TernCore/SessionError/store(_:)``.
    @discardableResult
    public func carryOut(over network: some Network, at now: Timestamp = .now) async throws(SessionError) -> [Event] {
        var events: [Event] = []
        var refused: Set<RowKey> = []
        while let (key, value) = try outstanding().first(where: {
            !refused.contains($0.key) && !underway.contains($0.key)
        }) {
            underway.insert(key)
            let revision = engine.device.revision(of: key)
            let isDone = await carryOut(value, key, over: network, at: now, &events)
            underway.remove(key)
            guard try isDone.get() else {
                refused.insert(key)
                continue
            }
            // What was asked for again meanwhile is done again.
            if engine.device.revision(of: key) == revision { try remove(outstanding: [key]) }
        }
        return events
    }

    private func carryOut(
        _ value: Outstanding, _ key: RowKey, over network: some Network, at now: Timestamp,
        _ events: inout [Event]
    ) async -> Result<Bool, SessionError> {
        do throws(SessionError) {
            switch value {
            case .send(let outbound), .trustMessage(let outbound):
                return .success(await network.send(outbound.stanza(id: "tern-\(key.group)-\(key.item)")))
            case .publishDeviceList, .publishBundle, .publish:
                guard let publication = try publication(for: value) else { throw .store(.damaged) }
                return .success(await network.publish(publication) == .done)
            case .withdrawBundle:
                guard let node = engine.device.withdrawal(for: value) else { throw .store(.damaged) }
                return .success(await network.retract(node) == .done)
            case .fetchDeviceLists(let jid):
                var absent: [Node: Event.Reason] = [:]
                let nodes = Version.allCases.map { DeviceList.node(of: jid, version: $0) }
                events += try await fetch(nodes, from: network, at: now, &absent)
                return .success(!absent.values.contains(.unknownBundle))
            }
        } catch {
            return .failure(error)
        }
    }
}

/// Lists, bundles, and what has changed meanwhile.
private let rounds = 4

extension Result<Encryption, SessionError> {
    fileprivate var missing: [Node]? {
        if case .success(.missing(let nodes)) = self { nodes } else { nil }
    }

    /// Whether it may succeed where devices are left out.
    fileprivate var isIncomplete: Bool {
        switch self {
        case .success(.missing), .success(.refused(.materialMissing, _)): true
        default: false
        }
    }
}
