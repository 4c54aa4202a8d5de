// Owns what a host says of the other end: its keys, and what it may do. It must not know libotr.

public import TernCore

extension OTRSession {
    /// Accepts `key` for the other end; without this the first one seen is accepted.
    public func accept(_ key: Fingerprint, trust: Trust) {
        standing.key = key
        standing.trust = trust
    }

    /// Keys of the other end's other programs, beside the one of ``accept(_:trust:)``: whichever of them is shown is spoken to, but
    /// those that are distrusted.
    public var otherKeys: [Fingerprint: Trust] { standing.others }

    /// Puts the keys that a host keeps of the other end in place of those that are known here.
    public func setKeys(_ key: Fingerprint?, trust: Trust, others: [Fingerprint: Trust]) {
        (standing.key, standing.trust, standing.others) = (key, trust, others)
    }

    /// The same conversation under another policy: what it knows of the other end, and what that has offered. For one in which no
    /// keys are.
    public func succeeding(_ policy: OTRPolicy) -> OTRSession {
        let session = OTRSession(account: account, peer: standing.peer, key: key, tag: tag, policy: policy)
        session.standing = standing
        session.hold(offer, offered)
        return session
    }
}
