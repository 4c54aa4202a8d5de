// Owns what an account does in OTR, each call durable before it returns. It must not know how a conversation is kept.

public import TernCore
internal import TernOMEMO
public import TernOTR

extension Account {
    /// Does something in a conversation of OTR that lives in the store. What is to be sent waits in ``outstanding()``, under the numbers
    /// that are given back; a text is kept until ``acknowledge(otr:)``.
    /// - Throws: What ``TernOTR/OTRShelf/perform(_:with:of:at:in:)`` does: then nothing has changed.
    public func otr(
        _ request: OTRRequest, with peer: JID, at now: Timestamp, running runner: JobRunner = .ownThread
    ) async throws(SessionError) -> (outcome: OTROutcome, outstanding: Set<RowKey>) {
        _ = try await madeOTRIdentity()
        // somebody else may go on with the conversation meanwhile; a few times it is done again
        for _ in 0..<(request.mayTakeLong ? 3 : 0) {
            if let done = try await otrAside(request, with: peer, at: now, runner) { return done }
        }
        let account = jid
        return try closing { transaction throws(SessionError) in
            try OTRShelf.perform(request, with: peer, of: account, at: now, in: &transaction)
        }
    }

    /// Does it while the store and this account are free for others.
    /// - Returns: Nothing where the conversation has gone on meanwhile: then nothing has changed.
    private func otrAside(
        _ request: OTRRequest, with peer: JID, at now: Timestamp, _ runner: JobRunner
    ) async throws(SessionError) -> (outcome: OTROutcome, outstanding: Set<RowKey>)? {
        let account = jid
        let visit = try engine.read { _, transaction throws(SessionError) in
            try OTRVisit(request, with: peer, of: account, at: now, in: transaction)
        }
        var steps: [Step] = []
        var next = try visit.begin()
        while !next.isEmpty {
            let step = next.removeFirst()
            steps.append(step)
            for case .work(let job) in step.needs {
                let receipt = await runner.run(job)
                next += try visit.session.supply([.worked(receipt)], at: now)
            }
        }
        let isUnchanged = try engine.read { _, transaction throws(SessionError) in
            try visit.isUnchanged(in: transaction)
        }
        guard isUnchanged else { return nil }
        let all = steps
        return try closing { transaction throws(SessionError) in
            // nobody comes between: the account is this actor's
            try visit.close(all, in: &transaction)
        }
    }

    private func closing(
        _ body: (inout Storage.Transaction) throws(SessionError) -> OTROutcome
    ) throws(SessionError) -> (outcome: OTROutcome, outstanding: Set<RowKey>) {
        let (outcome, outstanding) = try engine.change { machine, transaction throws(SessionError) in
            let outcome = try body(&transaction)
            for outbound in outcome.step.outbound { try machine.enqueue(.send(outbound), in: &transaction) }
            return (outcome, Set(machine.enqueued))
        }
        tell(outcome.step.events)
        return (outcome, outstanding)
    }

    /// This account's key and instance tag, made where there are none: once, whoever asks first, and beside all else that this
    /// account does meanwhile.
    func madeOTRIdentity() async throws(SessionError) -> OTRIdentity {
        if let identity = try otrIdentity(making: false) { return identity }
        let account = jid
        let making =
            otrKeyInMaking
            ?? Task {
                await OwnThread.run {
                    Result { () throws(SessionError) in try OTRPrivateKey.generate(for: account) }
                }
            }
        otrKeyInMaking = making
        defer { otrKeyInMaking = nil }
        return try otrIdentity(orTaking: try await making.value.get())
    }

    /// Extra keys that somebody has announced and that nobody has used, the newest last; ``acknowledge(otr:)`` forgets them by
    /// their receipts.
    public func otrExtraKeys(from peer: BareJID) throws(SessionError) -> [KeptExtraKey] {
        try engine.read { _, transaction throws(SessionError) in
            try OTRShelf.extraKeys(from: peer, in: transaction)
        }
    }

    /// Forgets texts and extra keys of OTR that their host has for good.
    public func acknowledge(otr receipts: [RowKey]) throws(SessionError) {
        guard !receipts.isEmpty else { return }
        try engine.change { _, transaction throws(SessionError) in
            for receipt in receipts { try OTRShelf.acknowledge(receipt, in: &transaction) }
        }
    }

    /// This account's key for OTR and its instance tag; made now where there are none and they are wanted.
    public func otrIdentity(making: Bool) throws(SessionError) -> OTRIdentity? {
        let account = jid
        return try engine.change { _, transaction throws(SessionError) in
            guard making else { return try OTRShelf.identity(ifThereOf: account, in: transaction) }
            return try OTRShelf.identity(of: account, in: &transaction)
        }
    }

    /// This account's key for OTR and its instance tag; where there are none, `key` and a new tag from now on.
    public func otrIdentity(orTaking key: OTRPrivateKey) throws(SessionError) -> OTRIdentity {
        try engine.change { _, transaction throws(SessionError) in
            try OTRShelf.identity(orTaking: key, in: &transaction)
        }
    }

    /// Puts another program's key and tag in the place of this account's.
    public func setOTRIdentity(_ identity: OTRIdentity) throws(SessionError) {
        try engine.change { _, transaction throws(SessionError) in try OTRShelf.save(identity, in: &transaction) }
    }

    /// Those whom OTR is spoken with, and what is kept of them.
    public func otrPeers() throws(SessionError) -> [(jid: BareJID, settings: OTRPeerSettings)] {
        try engine.read { _, transaction throws(SessionError) in
            var found: [(jid: BareJID, settings: OTRPeerSettings)] = []
            for jid in try OTRShelf.peers(in: transaction) {
                guard let settings = try OTRShelf.settings(of: jid, in: transaction) else { continue }
                found.append((jid, settings))
            }
            return found
        }
    }

    /// What is kept of somebody; none of a stranger.
    public func otrSettings(of peer: BareJID) throws(SessionError) -> OTRPeerSettings? {
        try engine.read { _, transaction throws(SessionError) in try OTRShelf.settings(of: peer, in: transaction) }
    }

    /// Changes what is kept of somebody.
    public func otr(
        change peer: BareJID, _ change: @Sendable (inout OTRPeerSettings) throws(SessionError) -> Void
    ) throws(SessionError) -> OTRPeerSettings {
        try engine.change { _, transaction throws(SessionError) in
            var settings = try OTRShelf.settings(of: peer, in: transaction) ?? OTRPeerSettings()
            try change(&settings)
            try OTRShelf.save(settings, of: peer, in: &transaction)
            return settings
        }
    }
}
