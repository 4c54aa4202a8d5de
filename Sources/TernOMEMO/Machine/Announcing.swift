// Owns what other devices are told of a decision about keys, and which of them (XEP-0450). It must not know who decided.

internal import TernCore
internal import TernCrypto
internal import TernRatchet

extension OMEMOMachine {
    /// Encrypts what others are to know of what was decided here, and puts it where it waits to be sent. Only devices whose
    /// keys are authenticated are told anything; one that cannot be reached is named.
    func announce(
        _ changes: TrustChanges, at now: Timestamp, in transaction: inout some StoreTransaction
    ) throws(SessionError) -> [Event] {
        guard left == nil, !(changes.authenticated.isEmpty && changes.distrusted.isEmpty && changes.forwarded.isEmpty)
        else {
            return []
        }
        let family = try authenticated(of: account, in: transaction)
        let decided = changes.authenticated + changes.distrusted
        let isAboutOwn = decided.contains { $0.address.jid == account }
        var everybody = family
        if isAboutOwn {
            for jid in try contacts(in: transaction) { everybody += try authenticated(of: jid, in: transaction) }
        }
        var letters = Letters()
        for device in changes.authenticated where device.record.trust == .verified {
            guard let key = device.record.identifier else { continue }
            let isOwn = device.address.jid == account
            for other in isOwn ? everybody : family where other !== device {
                letters.tell(other, device.address.jid, trusts: key)
                if let known = other.record.identifier { letters.tell(device, other.address.jid, trusts: known) }
            }
        }
        for device in changes.distrusted where device.record.trust == .distrusted {
            guard let key = device.record.identifier else { continue }
            for other in device.address.jid == account ? everybody : family where other !== device {
                letters.tell(other, device.address.jid, distrusts: key)
            }
        }
        // What a contact has told this device alone, its owner's other devices are told by it.
        for device in changes.forwarded where device.record.trust == .verified {
            guard let key = device.record.identifier else { continue }
            for other in family { letters.tell(other, device.address.jid, trusts: key) }
        }
        var events: [Event] = []
        for (message, devices) in letters.sorted {
            try send(message, to: devices, at: now, &events, in: &transaction)
        }
        return events
    }

    /// The devices of an account that are authenticated, can be named and are still in use; not this one.
    private func authenticated(
        of jid: BareJID, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> [KnownDevice] {
        guard let contact = try cache.contact(jid, in: transaction) else { return [] }
        let list = contact.list(.v2)?.devices
        return contact.allDevices.filter {
            $0.record.trust == .verified && $0.record.edwards != nil
                && list?.contains($0.address.device) != false
        }
    }

    private func send(
        _ message: TrustMessage, to devices: [KnownDevice], at now: Timestamp, _ events: inout [Event],
        in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        guard let jid = devices.first?.address.jid else { return }
        let contact = try cache.changing(jid, in: &transaction)
        let draft = Draft(.elements([message.element]), to: [jid], versions: [.v2])
        var plan = FanOut(draft, without: [:], at: now)
        var targets: [FanOut.Target] = []
        for device in devices {
            let id = device.address.device
            if let session = try device.liveSession(.v2, of: own, in: transaction), session.ratchet.canSend {
                targets.append((device, session))
            } else if let bundle = try contact.bundle(id, .v2, in: transaction), !bundle.preKeys.isEmpty,
                device.record.hasKey(bundle.signedPreKey.identity, .v2)
            {
                let start = FanOut.Start(contact: contact, device: id, version: .v2, bundle: bundle)
                targets.append(try begin(start, at: now, &plan, in: &transaction))
            } else {
                events.append(.device(device.address, .leftOut(.noBundle)))
            }
        }
        events += plan.events
        guard !targets.isEmpty else { return }
        let sealed = try seal(draft, for: targets, .v2, at: now, in: &transaction)
        let companions = Companions.elements(for: [.v2], fallback: nil)
        try enqueue(
            .trustMessage(Outbound(to: .chat(JID(jid)), .element(sealed.element), companions: companions)),
            in: &transaction)
        let count = message.owners.reduce(0) { $0 + $1.trusted.count + $1.distrusted.count }
        for target in targets { events.append(.device(target.device.address, .trustSent(count))) }
    }
}

/// What each device is told.
private struct Letters {
    private var byDevice: [DeviceAddress: (device: KnownDevice, owners: [TrustMessage.KeyOwner])] = [:]

    mutating func tell(
        _ device: KnownDevice, _ owner: BareJID, trusts: KeyIdentifier? = nil, distrusts: KeyIdentifier? = nil
    ) {
        var letter = byDevice[device.address] ?? (device, [])
        var entry = letter.owners.first { $0.jid == owner } ?? TrustMessage.KeyOwner(owner)
        if let trusts, !entry.trusted.contains(trusts) { entry.trusted.append(trusts) }
        if let distrusts, !entry.distrusted.contains(distrusts) { entry.distrusted.append(distrusts) }
        letter.owners.removeAll { $0.jid == owner }
        letter.owners.append(entry)
        byDevice[device.address] = letter
    }

    /// One message for all devices of an account that are told the same.
    var sorted: [(TrustMessage, [KnownDevice])] {
        var letters: [(message: TrustMessage, devices: [KnownDevice])] = []
        for letter in byDevice.values.sorted(by: { $0.device.address < $1.device.address }) {
            let owners = letter.owners.sorted { $0.jid < $1.jid }
            let message = TrustMessage(owners)
            let jid = letter.device.address.jid
            if let place = letters.firstIndex(where: { $0.message == message && $0.devices.first?.address.jid == jid })
            {
                letters[place].devices.append(letter.device)
            } else {
                letters.append((message, [letter.device]))
            }
        }
        return letters
    }
}
