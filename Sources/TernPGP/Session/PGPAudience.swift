// Owns which keys a message is encrypted to, or why to none. It must not know how anything is encrypted.

public import TernCore

/// What is known of somebody, for a message to them.
public struct PGPCorrespondent: Hashable, Sendable {
    /// Their keys.
    public var peer: PGPPeer
    /// What becomes of keys that nobody has seen before.
    public var policy: TrustPolicy

    /// Somebody.
    public init(_ peer: PGPPeer = PGPPeer(), policy: TrustPolicy) {
        self.peer = peer
        self.policy = policy
    }
}

/// Which keys a message is encrypted to.
struct PGPAudience {
    enum Outcome {
        /// To these.
        case ready([Certificate], [Event])
        /// To none before these nodes were fetched.
        case missing([Node])
        /// To none.
        case refused(SessionError, [Event])
    }

    let account: BareJID
    let scheme: Scheme
    let now: Timestamp

    /// Every key that a recipient announces, and of the account's own other ones those that are trusted.
    /// - Parameter absent: Nodes that were asked for, and that do not exist or cannot be had.
    func choose(
        _ recipients: [BareJID], _ known: [BareJID: PGPCorrespondent], without absent: Set<Node> = []
    ) -> Outcome {
        var missing: [Node] = []
        for jid in recipients where jid != account {
            missing += needs(jid, known[jid]?.peer ?? PGPPeer()).filter { !absent.contains($0) }
        }
        guard missing.isEmpty else { return .missing(missing) }
        var events: [Event] = []
        var chosen: [Certificate] = []
        var failure: SessionError?
        for jid in recipients where jid != account {
            let peer = known[jid]?.peer ?? PGPPeer()
            let count = chosen.count
            var isUndecided = false
            for key in peer.keys where isMeant(key, peer) {
                if let fault = key.fault(at: now, for: scheme) {
                    events.append(.keyLeftOut(jid, key.fingerprint, fault))
                } else if key.trust == .undecided {
                    events.append(.keyUndecided(jid, key.fingerprint))
                    isUndecided = true
                } else {
                    chosen.append(key.certificate)
                }
            }
            if isUndecided {
                failure = .untrusted
            } else if chosen.count == count {
                let isDistrusted = peer.keys.contains { isMeant($0, peer) && $0.trust == .distrusted }
                failure = failure ?? (isDistrusted ? .untrusted : .materialMissing)
            }
        }
        if let failure { return .refused(failure, events) }
        let own = known[account]?.peer ?? PGPPeer()
        for key in own.keys where isMeant(key, own) {
            if let fault = key.fault(at: now, for: scheme) ?? (key.trust == .undecided ? .undecided : nil) {
                events.append(.keyLeftOut(account, key.fingerprint, fault))
            } else {
                chosen.append(key.certificate)
            }
        }
        return .ready(chosen, events)
    }

    /// With XEP-0027 a person says which key is whose; OX has what is announced beside it.
    private func isMeant(_ key: PGPKey, _ peer: PGPPeer) -> Bool { peer.isCurrent(key) }

    /// What has to be fetched before anything can be encrypted to somebody.
    private func needs(_ jid: BareJID, _ peer: PGPPeer) -> [Node] {
        if peer.announced == nil {
            return peer.keys.contains(where: \.isGiven) ? [] : [Node(jid, PublicKeyList.node)]
        }
        return peer.outdated.map { Node(jid, PublicKeyItem.node(of: $0)) }
    }
}
