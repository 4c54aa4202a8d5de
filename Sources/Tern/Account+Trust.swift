// Owns what a person sets and decides about keys, of an account: each call one transaction. It must not know what follows.

public import TernCore
public import TernOMEMO

extension Account {
    /// Sets how far the keys of devices are trusted, of all or of none, and tells devices that are believed, where the account
    /// does so by itself.
    @discardableResult
    public func decide(
        _ trust: Trust, _ addresses: [DeviceAddress], fingerprint: Fingerprint? = nil, at now: Timestamp
    ) throws(SessionError) -> [Event] {
        try engine.change { machine, transaction throws(SessionError) in
            try machine.decide(trust, addresses, fingerprint: fingerprint, at: now, in: &transaction)
        }
    }

    /// Carries out what an address says about keys; see ``TernOMEMO/OMEMOMachine/verify(_:at:in:)``.
    public func verify(_ uri: VerificationURI, at now: Timestamp) throws(SessionError) -> [Event] {
        try engine.change { machine, transaction throws(SessionError) in
            try machine.verify(uri, at: now, in: &transaction)
        }
    }

    /// The addresses that carry the keys of an account, in each spelling that there is something to say in.
    public func verificationURIs(of jid: BareJID) throws(SessionError) -> [VerificationURI] {
        try engine.read { machine, transaction throws(SessionError) in
            let uris = [
                try machine.deviceURI(of: jid, in: transaction), try machine.trustMessageURI(of: jid, in: transaction),
            ]
            return uris.compactMap { $0 }
        }
    }

    /// Whether trust messages decide about keys, and are sent.
    public func isTrustAutomatic() throws(SessionError) -> Bool {
        try engine.read { machine, transaction throws(SessionError) in
            try machine.isTrustAutomatic(in: transaction)
        }
    }

    /// Sets it; see ``TernOMEMO/OMEMOMachine/setTrustAutomatic(_:at:in:)``.
    public func setTrustAutomatic(_ isAutomatic: Bool, at now: Timestamp) throws(SessionError) -> [Event] {
        try engine.change { machine, transaction throws(SessionError) in
            try machine.setTrustAutomatic(isAutomatic, at: now, in: &transaction)
        }
    }

    /// What becomes of new keys; see ``TernOMEMO/OMEMOMachine/policy(of:in:)``.
    public func policy(of jid: BareJID? = nil) throws(SessionError) -> TrustPolicy {
        try engine.read { machine, transaction throws(SessionError) in try machine.policy(of: jid, in: transaction) }
    }

    /// What is set for one account alone.
    public func ownPolicy(of jid: BareJID) throws(SessionError) -> TrustPolicy? {
        try engine.read { machine, transaction throws(SessionError) in
            try machine.ownPolicy(of: jid, in: transaction)
        }
    }

    /// Sets what becomes of new keys; see ``TernOMEMO/OMEMOMachine/setPolicy(_:of:in:)``.
    public func setPolicy(_ policy: TrustPolicy?, of jid: BareJID? = nil) throws(SessionError) {
        try engine.change { machine, transaction throws(SessionError) in
            try machine.setPolicy(policy, of: jid, in: &transaction)
        }
    }
}

// MARK: - Wishes for plain text

extension Account {
    /// Whether an account wants to be written to in the clear; see ``TernOMEMO/OMEMOMachine/optOut(of:in:)``.
    public func optOut(of jid: BareJID) throws(SessionError) -> OptOut? {
        try engine.read { machine, transaction throws(SessionError) in try machine.optOut(of: jid, in: transaction) }
    }

    /// Decides about it; see ``TernOMEMO/OMEMOMachine/decideOptOut(of:isConfirmed:in:)``.
    public func decideOptOut(of jid: BareJID, isConfirmed: Bool) throws(SessionError) {
        try engine.change { machine, transaction throws(SessionError) in
            try machine.decideOptOut(of: jid, isConfirmed: isConfirmed, in: &transaction)
        }
    }
}
