// Owns what an account learns of what others publish, and what it publishes itself. It must not know who fetches and publishes.

public import TernCore
public import TernOMEMO

extension Account {
    /// Takes what somebody published.
    /// - Throws: What ``TernOMEMO/OMEMOMachine/learn(_:at:at:in:)`` does: then nothing has changed.
    public func learn(_ items: [Item], at node: Node, at now: Timestamp) throws(SessionError) -> [Event] {
        let events = try engine.change { machine, transaction throws(SessionError) in
            try machine.learn(items, at: node, at: now, in: &transaction)
        }
        tell(events)
        return events
    }

    /// Takes what stands at several nodes in one transaction, each for itself: one that fails leaves the others alone.
    /// - Throws: ``TernCore/SessionError/store(_:)``: then nothing has changed.
    public func learn(
        _ published: [(items: [Item], node: Node)], at now: Timestamp
    ) throws(SessionError) -> [Result<[Event], SessionError>] {
        let results = try engine.change { machine, transaction throws(SessionError) in
            var results: [Result<[Event], SessionError>] = []
            for each in published {
                results.append(
                    try settled {
                        () throws(SessionError) in
                        try machine.part(in: &transaction) { part throws(SessionError) in
                            try machine.learn(each.items, at: each.node, at: now, in: &part)
                        }
                    })
            }
            return results
        }
        for case .success(let events) in results { tell(events) }
        return results
    }

    /// Takes note that a node does not exist; see ``TernOMEMO/OMEMOMachine/learn(absent:at:in:)``.
    public func learn(absent node: Node, at now: Timestamp) throws(SessionError) {
        try engine.change { machine, transaction throws(SessionError) in
            try machine.learn(absent: node, at: now, in: &transaction)
        }
    }

    /// Takes another device off this account's own lists; see ``TernOMEMO/OMEMOMachine/removeFromLists(_:at:in:)``.
    public func removeFromLists(_ device: DeviceID, at now: Timestamp) throws(SessionError) {
        try engine.change { machine, transaction throws(SessionError) in
            try machine.removeFromLists(device, at: now, in: &transaction)
        }
    }

    /// Takes this device off its account's lists; see ``TernOMEMO/OMEMOMachine/leave(at:in:)``.
    public func leave(at now: Timestamp) throws(SessionError) {
        try engine.change { machine, transaction throws(SessionError) in try machine.leave(at: now, in: &transaction) }
    }

    /// Announces this device again; see ``TernOMEMO/OMEMOMachine/join(at:in:)``.
    public func join(at now: Timestamp) throws(SessionError) {
        try engine.change { machine, transaction throws(SessionError) in try machine.join(at: now, in: &transaction) }
    }

    /// Sets for how long this account's other devices may be silent; see ``TernOMEMO/OMEMOMachine/setExpiry(_:in:)``.
    public func setExpiry(_ expiry: Days?, at now: Timestamp) throws(SessionError) {
        let events = try engine.change { machine, transaction throws(SessionError) in
            try machine.setExpiry(expiry, in: &transaction)
            return try machine.maintain(at: now, in: &transaction)
        }
        tell(events)
    }

    /// Names this device; see ``TernOMEMO/OMEMOMachine/setLabel(_:in:)``.
    public func setLabel(_ label: String) throws(SessionError) {
        try engine.change { machine, transaction throws(SessionError) in
            try machine.setLabel(label, in: &transaction)
        }
    }

    /// Where this account publishes device lists and bundles.
    public nonisolated var nodes: [Node] {
        Version.allCases.flatMap { version in
            [
                DeviceList([], version: version).publication(for: jid).node,
                BundlePlace(device, version: version).publishedNode(of: jid),
            ]
        }
    }

    /// What this account publishes, for somebody to publish: device lists and bundles of the given versions.
    public func publications(_ versions: [Version] = Version.allCases) throws(SessionError) -> [Publication] {
        try engine.change { machine, transaction throws(SessionError) in
            try machine.noteShown(in: &transaction)
            var publications: [Publication] = []
            for version in versions {
                publications.append(try machine.deviceList(version, in: transaction))
                // who has left has none
                if machine.left == nil { publications.append(try machine.bundle(version, in: transaction)) }
            }
            return publications
        }
    }

    /// What is to be published for something that waits; none where it is something else.
    public func publication(for outstanding: Outstanding) throws(SessionError) -> Publication? {
        try engine.change { machine, transaction throws(SessionError) in
            try machine.publication(for: outstanding, in: transaction)
        }
    }

    /// What is to be taken away for something that waits; none where it is something else.
    public func withdrawal(for outstanding: Outstanding) -> Node? { engine.device.withdrawal(for: outstanding) }

    /// What has still to be sent, published or fetched.
    public func outstanding() throws(SessionError) -> [(key: RowKey, value: Outstanding)] {
        try engine.change { machine, transaction throws(SessionError) in try machine.outstanding(in: transaction) }
    }

    /// Removes what was done.
    public func remove(outstanding keys: [RowKey]) throws(SessionError) {
        guard !keys.isEmpty else { return }
        try engine.change { machine, transaction throws(SessionError) in
            for key in keys { try machine.remove(key, in: &transaction) }
        }
    }

    /// Grows whenever something more waits.
    public var changes: Int { engine.device.changes }

    /// How often something that waits was asked for; see ``TernOMEMO/OMEMOMachine/revision(of:)``.
    public func revision(of key: RowKey) -> Int { engine.device.revision(of: key) }

    /// Removes what was done, unless it was asked for again since.
    public func remove(outstanding done: [(key: RowKey, revision: Int)]) throws(SessionError) {
        try remove(outstanding: done.filter { revision(of: $0.key) == $0.revision }.map(\.key))
    }
}
