// Owns how far a call to a session has come: keys are gathered, then GnuPG works. It must not know where keys are kept.

internal import TernCore
internal import TernXML

/// A call that has not been finished.
final class PGPErrand {
    let ticket: Ticket
    var state: State

    init(ticket: Ticket, _ state: State) {
        self.ticket = ticket
        self.state = state
    }

    typealias Outcome = Result<([Outbound], Plaintext?, [Event]), SessionError>
    typealias Examination = Assignment<[UInt8], Result<Result<ExaminedKey, CertificateRefusal>, SessionError>>
    typealias Work = Assignment<[UInt8], Outcome>

    enum State {
        case gathering(Gathering)
        case working(Work)
    }

    /// What is done once the keys are there.
    enum Aim {
        case sealing([UInt8], [BareJID])
        case opening([UInt8], Incoming)
    }

    /// Keys on their way.
    struct Gathering {
        let aim: Aim
        let now: Timestamp
        var fetching: Set<Node> = []
        /// What was asked for and is not there.
        var absent: Set<Node> = []
        var examining: [(Examination, Node)] = []
        var events: [Event] = []

        init(_ aim: Aim, at now: Timestamp) {
            self.aim = aim
            self.now = now
        }
    }

    func awaits(_ answer: Answer) -> Bool {
        switch (state, answer) {
        case (.gathering(let gathering), .fetched(let node, _)): gathering.fetching.contains(node)
        case (.gathering(let gathering), .worked(let receipt)):
            gathering.examining.contains { $0.0.matches(receipt) && $0.0.isFinished }
        case (.working(let work), .worked(let receipt)): work.matches(receipt) && work.isFinished
        default: false
        }
    }
}

extension Answer {
    /// Whether both answer the same.
    func isSame(as other: Answer) -> Bool {
        switch (self, other) {
        case (.fetched(let node, _), .fetched(let other, _)): node == other
        case (.worked, .worked): true
        default: false
        }
    }
}

extension PGPSession {
    /// Goes on as far as can be gone without anybody's help.
    func advance(_ errand: PGPErrand) -> Step {
        guard case .gathering(var gathering) = errand.state, gathering.fetching.isEmpty, gathering.examining.isEmpty
        else { return Step(errand.ticket, isWaiting: true) }
        switch gathering.aim {
        case .sealing(let bytes, let recipients):
            let audience = PGPAudience(account: account, scheme: scheme, now: gathering.now)
            switch audience.choose(recipients, known, without: gathering.absent) {
            case .missing(let nodes):
                gathering.fetching = Set(nodes)
                errand.state = .gathering(gathering)
                return Step(errand.ticket, isWaiting: true, needs: nodes.map { .fetch($0) })
            case .refused(let error, let events):
                finish(errand)
                return Step(errand.ticket, events: gathering.events + events, failure: error)
            case .ready(let certificates, let events):
                return start(errand, sealing(bytes, certificates, gathering.events + events), .encryption)
            }
        case .opening(let bytes, let incoming):
            let sender = incoming.sender.bare
            let peer = known[sender]?.peer ?? PGPPeer()
            if scheme == .ox, sender != account, peer.keys.isEmpty {
                let nodes =
                    (peer.announced == nil
                    ? [Node(sender, PublicKeyList.node)]
                    : peer.outdated.map { Node(sender, PublicKeyItem.node(of: $0)) })
                    .filter { !gathering.absent.contains($0) }
                guard !nodes.isEmpty else {
                    finish(errand)
                    return Step(errand.ticket, events: gathering.events, failure: .materialMissing)
                }
                gathering.fetching = Set(nodes)
                errand.state = .gathering(gathering)
                return Step(errand.ticket, isWaiting: true, needs: nodes.map { .fetch($0) })
            }
            return start(errand, opening(bytes, incoming, gathering), .decryption)
        }
    }

    private func start(_ errand: PGPErrand, _ work: PGPErrand.Work, _ kind: Job.Kind) -> Step {
        errand.state = .working(work)
        return Step(errand.ticket, isWaiting: true, needs: [.work(work.job(kind))])
    }

    private func sealing(_ bytes: [UInt8], _ certificates: [Certificate], _ events: [Event]) -> PGPErrand.Work {
        let destination: Outbound.Destination =
            switch partner {
            case .account(let jid): .chat(JID(jid))
            case .room(let room, _): .room(room)
            }
        let (workshop, identity, scheme) = (workshop, identity, scheme)
        return PGPErrand.Work(handing: bytes) { bytes in
            Result { () throws(SessionError) in
                let sealed = try workshop.seal(bytes, with: identity, to: certificates, isSigned: scheme == .ox)
                let outbound =
                    scheme == .ox
                    ? OXMessage.outbound(sealed, to: destination) : LegacyMessage.outbound(sealed, to: destination)
                return ([outbound], nil, events)
            }
        }
    }

    private func opening(
        _ bytes: [UInt8], _ incoming: Incoming, _ gathering: PGPErrand.Gathering
    ) -> PGPErrand.Work {
        let sender = incoming.sender.bare
        var keys = known[sender]?.peer.keys ?? []
        if sender == account { keys.append(PGPKey(own: identity)) }
        let reading = PGPReading(
            account: account, sender: sender, recipient: incoming.recipient.bare, room: incoming.room, keys: keys,
            now: gathering.now)
        let (workshop, identity, scheme, kinds) = (workshop, identity, scheme, kinds)
        let signers = keys.filter { $0.trust != .distrusted }.map(\.certificate)
        return PGPErrand.Work(handing: bytes) { bytes in
            Result { () throws(SessionError) in
                try SessionKeyPackets.check(bytes)
                guard scheme == .ox else {
                    let opened = try workshop.open(bytes, with: identity, signers: [], limit: PGPSession.lengthLimit)
                    guard let text = String(validating: opened.plaintext, as: UTF8.self) else { throw .malformed }
                    let author = Plaintext.Author(sender, key: nil, trust: .undecided)
                    return ([], Plaintext(.text(text), by: author, claimedTime: nil), gathering.events)
                }
                let isEncrypted = Packet.firstKind(of: bytes)?.beginsEncryption ?? true
                guard isEncrypted || kinds.contains(.sign) else { throw .unauthentic }
                let opened =
                    isEncrypted
                    ? try workshop.open(bytes, with: identity, signers: signers, limit: PGPSession.lengthLimit)
                    : try workshop.openSigned(bytes, signers: signers, limit: PGPSession.lengthLimit)
                let (plaintext, events) = try reading.check(
                    opened.plaintext, opened.reading, as: isEncrypted ? kinds.subtracting([.sign]) : [.sign])
                return ([], plaintext, gathering.events + events)
            }
        }
    }

    /// Takes one answer.
    func take(_ answer: Answer, _ errand: PGPErrand) -> Step? {
        switch (errand.state, answer) {
        case (.working(let work), .worked):
            finish(errand)
            guard case .done(let outcome)? = work.take() else { return Step(errand.ticket, failure: .abandoned) }
            switch outcome {
            case .success(let (outbound, plaintext, events)):
                return Step(errand.ticket, plaintext: plaintext, outbound: outbound, events: events)
            case .failure(let error): return Step(errand.ticket, failure: error)
            }
        case (.gathering(var gathering), .fetched(let node, let fetched)):
            gathering.fetching.remove(node)
            var needs: [Need] = []
            if case .found(let items) = fetched, let need = take(items, node, &gathering) {
                needs = need
            } else {
                gathering.absent.insert(node)
            }
            errand.state = .gathering(gathering)
            if !needs.isEmpty { return Step(errand.ticket, isWaiting: true, needs: needs) }
            return gathering.isBusy ? nil : advance(errand)
        case (.gathering(var gathering), .worked(let receipt)):
            guard let place = gathering.examining.firstIndex(where: { $0.0.matches(receipt) }) else { return nil }
            let (examination, node) = gathering.examining.remove(at: place)
            if case .done(.success(.success(let key)))? = examination.take() {
                gathering.events += learn(key, of: node.owner, at: gathering.now)
            } else {
                gathering.absent.insert(node)
            }
            errand.state = .gathering(gathering)
            return gathering.isBusy ? nil : advance(errand)
        default: return nil
        }
    }

    /// Takes a list at once, and hands a certificate out to be looked at.
    /// - Returns: Nothing where the node holds nothing of use.
    private func take(_ items: [Item], _ node: Node, _ gathering: inout PGPErrand.Gathering) -> [Need]? {
        if node.name == PublicKeyList.node {
            guard let list = try? PublicKeyList(items) else { return nil }
            var correspondent = known[node.owner] ?? PGPCorrespondent(policy: .manual)
            let accepted = correspondent.peer.learn(list, policy: correspondent.policy)
            known[node.owner] = correspondent
            gathering.events += accepted.map { .keyAccepted(node.owner, $0) }
            note(.list(list, of: node.owner))
            return []
        }
        guard let expected = PublicKeyItem.key(ofNode: node.name), let bytes = try? PublicKeyItem.bytes(in: items)
        else {
            return nil
        }
        let workshop = workshop
        let examination = PGPErrand.Examination(handing: bytes) { bytes in
            Result { () throws(SessionError) in try workshop.examine(bytes, expecting: expected) }
        }
        gathering.examining.append((examination, node))
        return [.work(examination.job(.decryption))]
    }

    private func learn(_ key: ExaminedKey, of jid: BareJID, at now: Timestamp) -> [Event] {
        var correspondent = known[jid] ?? PGPCorrespondent(policy: .manual)
        let events = correspondent.peer.learn(key, of: jid, isGiven: false, policy: correspondent.policy, at: now)
        guard let events else { return [] }
        known[jid] = correspondent
        note(.key(key, of: jid))
        return events
    }
}

extension PGPErrand.Gathering {
    fileprivate var isBusy: Bool { !fetching.isEmpty || !examining.isEmpty }
}

extension Packet.Kind {
    /// Whether a message that begins with such a packet is encrypted.
    var beginsEncryption: Bool {
        switch self {
        case .encryptedSessionKey, .passwordSessionKey, .encrypted, .protectedEncrypted: true
        default: false
        }
    }
}
