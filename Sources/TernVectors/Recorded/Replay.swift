// Owns repeating recorded events with the recorded keys, and comparing every value. It must not know how files are read.

internal import TernCrypto
internal import TernOMEMO
internal import TernRatchet

/// The sessions of a conversation as far as it has been replayed.
struct Replay {
    let version: Version
    let devices: [String: RecordedDevice]
    private var sessions: [String: ReplaySession] = [:]

    init(version: Version, devices: [String: RecordedDevice]) {
        self.version = version
        self.devices = devices
    }

    private func device(_ name: String) throws(ReplayError) -> RecordedDevice {
        guard let device = devices[name] else { throw ReplayError("there is no party '\(name)'") }
        return device
    }

    // MARK: - Sending

    mutating func send(_ event: RecordedSend) throws(ReplayError) {
        if let agreement = event.agreement {
            sessions[event.sender] = try initiate(agreement, event)
        } else if let key = event.ratchetKeys.last {
            sessions[event.sender]?.pendingKey = key
        }
        guard let session = sessions[event.sender] else { throw ReplayError("\(event.sender) has no session") }
        let isKeyExchange = session.ratchet.parties.isInitiator && !session.ratchet.hasReceived
        try expect(isKeyExchange, event.isKeyExchange, "whether the message carries the key exchange")
        try compareNext(event, session)
        let bytes = try session.seal(event.plaintext, version)
        let version = version
        let element = try replaying { () throws(RatchetError) in
            isKeyExchange ? try KeyExchangeElement.encode(session.exchange, bytes, version) : bytes
        }
        try expect(element, event.element, "the <key> element")
        try event.stanza.check(
            element, isKeyExchange: isKeyExchange, from: device(event.sender), to: device(event.recipient), version)
        let stanza = event.stanza
        try expect(stanza.payloadKey + stanza.payloadTag, event.plaintext, "the payload's key and tag")
        try event.state.check(session.ratchet)
    }

    /// The header and the message key, found on a duplicate: the session itself sends afterwards.
    private func compareNext(_ event: RecordedSend, _ session: ReplaySession) throws(ReplayError) {
        let outgoing = try session.upcoming()
        try expect(outgoing.header.index, event.headerIndex, "the header's n")
        try expect(outgoing.header.previousLength, event.headerPrevious, "the header's pn")
        try expect(outgoing.header.ratchetKey.bytes.array, event.headerKey, "the header's ratchet key")
        try expect(outgoing.key.span.array, event.messageKey, "the message key")
    }

    private func initiate(
        _ agreement: RecordedSend.Agreement, _ event: RecordedSend
    ) throws(ReplayError) -> ReplaySession {
        let own = try device(event.sender)
        let peer = try device(event.recipient)
        try own.check(version.suite)
        try peer.check(version.suite)
        let identity = try own.identity()
        let signedPreKey = try peer.verifiedSignedPreKey(version.suite)
        let preKey = try peer.preKey(agreement.preKeyID)
        try expect(signedPreKey.id, agreement.signedPreKeyID, "the signed prekey's number")
        try compareSecrets(agreement, own, peer)
        let info = version.suite.agreementInfo.span
        try expect(Array(agreement.info.utf8), info.indices.map { info[$0] }, "the info string")
        var keys = RecordedKeys(agreement.ephemeralPrivate)
        let oneTime = PreKey(id: preKey.id, key: try peer.pair(preKey).publicKey)
        let initiation: X3DH.Initiation
        do throws(RatchetError) {
            initiation = try X3DH.initiate(
                from: identity, to: signedPreKey, oneTime, suite: version.suite, keys: &keys)
        } catch {
            throw ReplayError("the key agreement was refused for \(error.words)")
        }
        try keys.check()
        let exchange = initiation.exchange
        try expect(exchange.ephemeralKey.bytes.array, agreement.ephemeralPublic, "the ephemeral key")
        let session = ReplaySession(initiation.takeRatchet(), exchange, pendingKey: event.ratchetKeys.last)
        try expect(session.ratchet.inspect().root, agreement.sharedSecret, "the shared secret SK")
        let parties = session.ratchet.parties
        try expect(parties.local + parties.remote, agreement.associatedData, "the associated data")
        return session
    }

    /// DH1 to DH4, which the key agreement keeps to itself.
    private func compareSecrets(
        _ agreement: RecordedSend.Agreement, _ own: RecordedDevice, _ peer: RecordedDevice
    ) throws(ReplayError) {
        let preKey = try peer.preKey(agreement.preKeyID)
        let secrets = try own.agreementSecrets(with: peer, preKey, ephemeral: agreement.ephemeralPrivate)
        for (place, secret) in secrets.enumerated() {
            try expect(secret, agreement.secrets[place], "DH\(place + 1)")
        }
    }

    // MARK: - Receiving

    mutating func receive(_ event: RecordedReceive, _ message: RecordedSend) throws(ReplayError) {
        let own = try device(event.recipient)
        let recipient = Recipient(device: own, version: version, session: sessions[event.recipient])
        let records = recipient.session?.records
        let identity = try own.identity()
        let author = try device(message.sender)
        let stanza = try message.stanza.message(version)
        let key = try message.stanza.key(for: own, in: stanza)
        var arrived: Arrived?
        var refusal: RatchetError?
        do throws(RatchetError) {
            arrived = try recipient.open(
                event.tampered ?? key.bytes, isKeyExchange: key.element.isKeyExchange, identity)
        } catch {
            refusal = error
        }
        if let arrived = arrived.take() {
            if let refusal = event.refusal { throw ReplayError("accepted, recorded is the error \(refusal.rawValue)") }
            try expect(arrived.opened.plaintext.exposed(), message.plaintext, "what the ratchet encrypted")
            try message.stanza.open(stanza, with: arrived.opened.plaintext, from: author, to: own.jid)
            try expect(arrived.isNew, event.buildsSession, "whether a session was built")
            sessions[event.recipient] = arrived.commit(pendingKey: event.ratchetKeys.last)
        } else if let refusal {
            let name = ErrorClass(refusal)?.rawValue ?? refusal.words
            try expect(name, event.refusal?.rawValue ?? "none", "the error")
        }
        let session = sessions[event.recipient]
        if event.refusal != nil, session?.records != records {
            throw ReplayError("the refused message changed the stored records")
        }
        try compareState(session, event.state)
    }

    /// The half turn that belongs to the answer is done on a duplicate, with the recorded key.
    private func compareState(_ session: ReplaySession?, _ state: RecordedState?) throws(ReplayError) {
        guard let state else {
            try expect(session == nil, true, "that there is no session")
            return
        }
        guard let session else { throw ReplayError("there is no session, recorded is one") }
        let duplicate = try session.turned()
        try state.check(duplicate)
    }
}
