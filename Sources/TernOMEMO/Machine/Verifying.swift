// Owns what follows from an address that carries keys, and such addresses of this account's own. It must not know where
// it was shown.

public import TernCore
internal import TernCrypto
internal import TernRatchet

extension OMEMOMachine {
    /// Carries out what an address says about keys, all of it or nothing. A key that is not known yet is decided about in
    /// advance.
    /// - Throws: ``TernCore/SessionError/untrusted`` where a device has another key than the named one.
    public func verify(
        _ uri: VerificationURI, at now: Timestamp, in transaction: inout some StoreTransaction
    ) throws(SessionError) -> [Event] {
        var changes = TrustChanges()
        for named in uri.devices {
            let address = DeviceAddress(uri.jid, named.id)
            guard address != self.address else {
                guard named.fingerprint == fingerprint else { throw .untrusted }
                continue
            }
            let known = try cache.contact(uri.jid, in: transaction)?.device(named.id)
            if let known, known.fingerprint != named.fingerprint { throw .untrusted }
            try set(.verified, address, fingerprint: named.fingerprint, at: now, &changes, in: &transaction)
        }
        for (keys, trust) in [(uri.trusted, Trust.verified), (uri.distrusted, .distrusted)] {
            for key in keys { try decide(trust, key, of: uri.jid, at: now, &changes, in: &transaction) }
        }
        return try conclude(changes, at: now, in: &transaction)
    }

    private func decide(
        _ trust: Trust, _ key: KeyIdentifier, of jid: BareJID, at now: Timestamp, _ changes: inout TrustChanges,
        in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        if jid == account, key.bytes == own.encodedIdentity(.v2) {
            guard trust == .verified else { throw .untrusted }
            return
        }
        let contact = try cache.changing(jid, in: &transaction)
        let devices = contact.allDevices.filter { $0.record.isNamed(by: key) }
        for device in devices {
            try set(trust, device.address, fingerprint: nil, at: now, &changes, in: &transaction)
        }
        guard devices.isEmpty else { return }
        let decision = PendingDecision(jid, key, isTrusted: trust == .verified, by: nil, made: now)
        _ = try keep(decision, in: contact.number, &transaction)
    }

    /// The keys of an account that are this one or verified, with their devices: OMEMO 0.3's spelling.
    /// - Returns: None where no key of the account is verified.
    public func deviceURI(
        of jid: BareJID, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> VerificationURI? {
        let devices = try devices(of: jid, in: transaction).compactMap { standing in
            standing.trust == .verified
                ? standing.fingerprint.map { VerificationURI.Device(standing.address.device, $0) } : nil
        }
        return devices.isEmpty ? nil : VerificationURI(jid, devices: devices)
    }

    /// What is decided about the keys of an account that are known in OMEMO 2, as a trust message's address.
    /// - Returns: None where nothing is decided.
    public func trustMessageURI(
        of jid: BareJID, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> VerificationURI? {
        var trusted = jid == account ? [try KeyIdentifier(own.encodedIdentity(.v2))] : []
        var distrusted: [KeyIdentifier] = []
        for device in try cache.contact(jid, in: transaction)?.allDevices ?? [] {
            guard let key = device.record.identifier else { continue }
            switch device.record.trust {
            case .verified: trusted.append(key)
            case .distrusted: distrusted.append(key)
            case .firstUse, .undecided: break
            }
        }
        (trusted, distrusted) = (trusted.unique, distrusted.unique.filter { !trusted.contains($0) })
        return trusted.isEmpty && distrusted.isEmpty
            ? nil : VerificationURI(jid, trusted: trusted, distrusted: distrusted)
    }
}
