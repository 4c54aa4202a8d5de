// Owns what this device learns of others: device lists, bundles, keys. It must not know how they were fetched.

public import TernCore
internal import TernCrypto
internal import TernRatchet

extension OMEMOMachine {
    /// Takes what was fetched from a node, if it is one of OMEMO's.
    /// - Returns: What is to be known of it.
    /// - Throws: ``TernCore/SessionError/unsupported`` for a node that is not OMEMO's, ``TernCore/SessionError/malformed``
    ///   also for a bundle that stands where no device has its own,
    ///   ``TernCore/SessionError/unauthentic`` for a bundle whose signature does not fit,
    ///   ``TernCore/SessionError/untrusted`` for one whose identity key is not the accepted one, or
    ///   stands in the place of this device's own.
    public func learn(
        _ items: [Item], at node: Node, at now: Timestamp, in transaction: inout some StoreTransaction
    ) throws(SessionError) -> [Event] {
        if let version = DeviceList.version(ofNode: node.name) {
            let list = try DeviceList(items: items, version: version)
            return try learn(list, of: node.owner, at: now, in: &transaction)
        }
        var events: [Event] = []
        for item in items {
            guard let place = BundlePlace(node: node.name, item: item.id ?? node.item) else {
                throw BundlePlace.isNode(node.name) ? .malformed : .unsupported
            }
            let bundle = try Bundle(item.payload, version: place.version)
            events += try learn(bundle, of: DeviceAddress(node.owner, place.device), at: now, in: &transaction)
        }
        return events
    }

    /// Takes a device list. A list of this account's own that has lost this device is to be published again (XEP-0384
    /// §usecases-announcing), and so is one that still has it though it has left.
    func learn(
        _ list: DeviceList, of jid: BareJID, at now: Timestamp, in transaction: inout some StoreTransaction
    ) throws(SessionError) -> [Event] {
        let contact = try cache.changing(jid, in: &transaction)
        var devices = list.devices.map(\.id)
        var events: [Event] = []
        if jid == account {
            let isListed = devices.contains(own.id)
            if try isTaken(list, in: transaction) {
                events = try noteTaken(in: &transaction)
            } else {
                let isFirst = try noteSeen(list.version, in: &transaction)
                if left != nil { devices.removeAll { $0 == own.id } }
                if left == nil, !isListed { devices.append(own.id) }
                if isListed == (left != nil) || isFirst {
                    try enqueue(.publishDeviceList(list.version), in: &transaction)
                }
            }
        }
        var known = KnownList(devices, received: now)
        known.keepLabels(of: list)
        try contact.setList(known, list.version, in: &transaction)
        if jid == account { try noteListed(at: now, in: &transaction) }
        return events
    }

    /// Takes a bundle, whose signature is checked here and now.
    func learn(
        _ bundle: Bundle, of address: DeviceAddress, at now: Timestamp, in transaction: inout some StoreTransaction
    ) throws(SessionError) -> [Event] {
        let signedPreKey = try bundle.verified()
        guard address != self.address else {
            // Under this device's number stands what others take for its key.
            guard Fingerprint(signedPreKey.identity.x25519) == fingerprint else { throw .untrusted }
            if try !isPublished(bundle, in: transaction) {
                try enqueue(
                    left == nil ? .publishBundle(bundle.version) : .withdrawBundle(bundle.version), in: &transaction)
            }
            return []
        }
        let contact = try cache.changing(address.jid, in: &transaction)
        if let device = contact.device(address.device), !device.record.hasKey(signedPreKey.identity, bundle.version) {
            throw .untrusted
        }
        try contact.setBundle(
            KnownBundle(signedPreKey, bundle.preKeys), address.device, bundle.version, in: &transaction)
        // A person may want to compare the key before the first message.
        var events: [Event] = []
        _ = try remember(
            signedPreKey.identity, address.device, of: contact, bundle.version, at: now, &events, in: &transaction)
        return events
    }

    /// Takes a key that a signature or a ratchet has proved to be a device's. Whether the first one is accepted is a matter
    /// of the policy.
    func remember(
        _ identity: IdentityPublicKey, _ id: DeviceID, of contact: KnownContact, _ version: Version,
        at now: Timestamp, _ events: inout [Event], in transaction: inout some StoreTransaction
    ) throws(SessionError) -> KnownDevice {
        if let device = contact.device(id) {
            guard device.record.note(identity, version) else { return device }
            try device.save(in: &transaction)
            // Under this name it could not be decided about, nor told of, before.
            let isVerified = device.record.trust == .verified && device.record.decider == .local
            events += try settle(device, at: now, in: &transaction)
            if isVerified, device.record.trust == .verified {
                var changes = TrustChanges()
                changes.authenticated = [device]
                events += try conclude(changes, at: now, in: &transaction)
            }
            return device
        }
        let trust = try trustOfNewKey(of: contact, in: transaction)
        let device = try contact.add(
            id, RemoteDevice(identity, version, trust: trust, decided: now), in: &transaction)
        let isAccepted = trust == .firstUse
        events.append(
            .device(device.address, isAccepted ? .new(device.fingerprint) : .undecided(device.fingerprint)))
        events += try settle(device, at: now, in: &transaction)
        return device
    }
}

// MARK: - What is published

extension OMEMOMachine {
    /// Whether a bundle under this device's number is the one that should be there: somebody may have put an older one in its
    /// place, whose prekeys are gone.
    private func isPublished(
        _ bundle: Bundle, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> Bool {
        guard left == nil, bundle.signedPreKeyID == counters.signedPreKey[bundle.version.place] else { return false }
        let numbers = try transaction.list(.preKey, in: bundle.version.number).map(\.item)
        return Set(bundle.preKeys.map { Int64($0.id) }) == Set(numbers)
    }

    /// Where the bundle stands that is to be withdrawn; none where something else waits.
    public func withdrawal(for outstanding: Outstanding) -> Node? {
        guard case .withdrawBundle(let version) = outstanding else { return nil }
        return BundlePlace(own.id, version: version).node(of: account)
    }

    /// What is to be published for something that waits; none where it is something else.
    public func publication(
        for outstanding: Outstanding, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> Publication? {
        switch outstanding {
        case .publishDeviceList(let version): try deviceList(version, in: transaction)
        case .publishBundle(let version): try bundle(version, in: transaction)
        case .publish(let publication, _): publication
        case .send, .trustMessage, .withdrawBundle, .fetchDeviceLists: nil
        }
    }

    /// The device list as it is to be published.
    public func deviceList(
        _ version: Version, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> Publication {
        let list = try cache.contact(account, in: transaction)?.list(version)
        let label = try settings(in: transaction).label
        var devices: [ListedDevice] = []
        for id in list?.devices ?? (left == nil ? [own.id] : []) {
            guard id == own.id else {
                devices.append(list?.listed(id) ?? ListedDevice(id))
                continue
            }
            devices.append(
                label.isEmpty
                    ? ListedDevice(id)
                    : try ListedDevice(id, label: label, signing: own.identity, entropy: &keys.entropy))
        }
        return DeviceList(devices, version: version).publication(for: account)
    }

    /// The bundle as it is to be published.
    public func bundle(
        _ version: Version, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> Publication {
        let id = counters.signedPreKey[version.place]
        guard let signed = try storedPreKey(.signedPreKey, id, version, in: transaction) else {
            throw .store(.damaged)
        }
        var preKeys: [PreKey] = []
        for key in try transaction.list(.preKey, in: version.number) {
            guard let id = UInt32(exactly: key.item),
                let preKey = try storedPreKey(.preKey, id, version, in: transaction)
            else { throw .store(.damaged) }
            preKeys.append(PreKey(id: id, key: preKey.pair.publicKey))
        }
        let bundle = OwnBundle(signedPreKey: PreKey(id: id, key: signed.pair.publicKey), preKeys: preKeys)
            .signed(by: own.identity, version: version, entropy: &keys.entropy)
        return try BundlePlace(own.id, version: version).publication(of: bundle, for: account)
    }
}
