// Owns a device of a recording as a whole engine over a store in memory, fed with what it would draw at random. It must not
// know how a file is read, nor how a ratchet works.

internal import TernCore
internal import TernCrypto
internal import TernOMEMO
internal import TernRatchet

/// An engine with a recorded device's keys.
final class ReplayMachine {
    /// When the recordings happen: what an engine keeps a time for is not compared.
    static let now = Timestamp(seconds: 1_700_000_000)

    private let device: RecordedDevice
    private let version: Version
    private let store = MemoryStore()
    private let entropy = RecordedEntropy()
    private let engine: OMEMOEngine<MemoryStore>
    /// The private half that the next turn takes: recorded when the turn began, drawn when it is sent.
    private var pendingKey: [UInt8]?
    private var known: Set<DeviceAddress> = []

    init(_ device: RecordedDevice, _ version: Version) throws(ReplayError) {
        self.device = device
        self.version = version
        let (store, entropy) = (store, entropy)
        engine = try replayingStanza("a device with these keys") { () throws(SessionError) in
            try device.engine(version, in: store, entropy)
        }
    }

    // MARK: - Sending

    /// Sends a recorded message. In OMEMO 0.3 and where it is empty the stanza has to be the recorded one; the envelope of
    /// OMEMO 2 is padded anew, so that its header and key exchange are compared.
    func send(_ event: RecordedSend, to peer: RecordedDevice) throws(ReplayError) {
        let bundle = try learn(peer)
        if let key = event.ratchetKeys.last { pendingKey = key }
        var draws: [RecordedEntropy.Draw] = []
        if let agreement = event.agreement {
            let place = bundle.preKeys.firstIndex { $0.id == agreement.preKeyID }
            guard let place else { throw ReplayError("the bundle has no prekey \(agreement.preKeyID)") }
            draws = [.number(place, below: bundle.preKeys.count), .bytes(agreement.ephemeralPrivate)]
        }
        draws += event.stanza.draws(version)
        if let pendingKey { draws.append(.bytes(pendingKey)) }
        entropy.expect(draws)
        let content = try event.stanza.content(version)
        let sent = try change("sending") { machine, transaction throws(SessionError) in
            guard let content else {
                return try machine.emptyMessage(for: peer.address, self.version, in: &transaction)
            }
            let draft = Draft(content, to: [peer.jid], versions: [self.version])
            let outcome = try machine.encrypt(draft, at: ReplayMachine.now, in: &transaction)
            guard case .sealed(let messages, _) = outcome, messages.count == 1 else { throw .materialMissing }
            return messages[0]
        }
        try entropy.check()
        pendingKey = nil
        let recorded = try event.stanza.message(version)
        guard version == .v2, content != nil else {
            guard sent == recorded else { throw ReplayError("the engine sends another stanza") }
            return
        }
        try compare(sent.keys.first, recorded.keys.first)
    }

    /// Compares all that two keys say before they are decrypted.
    private func compare(_ sent: EncryptedKey?, _ recorded: EncryptedKey?) throws(ReplayError) {
        guard let sent, let recorded else { throw ReplayError("a stanza has no key") }
        try expect(sent.device, recorded.device, "the device that a key is for")
        try expect(sent.jid, recorded.jid, "the account that a key is for")
        try expect(sent.isKeyExchange, recorded.isKeyExchange, "whether the message carries the key exchange")
        let version = version
        let parts = try [sent, recorded].map { key throws(ReplayError) in
            let bytes = try replayingStanza("a key") { () throws(SessionError) in try key.bytes() }
            return try replaying { () throws(RatchetError) in
                guard key.isKeyExchange else { return (try version.header(of: bytes.span), KeyExchange?.none) }
                let (exchange, message) = try KeyExchangeElement.decode(bytes, version)
                return (try version.header(of: message.span), exchange)
            }
        }
        guard parts[0] == parts[1] else { throw ReplayError("the engine sends another header or key exchange") }
    }

    // MARK: - Receiving

    /// Receives a recorded message, from its element to its plaintext or its refusal.
    func receive(_ event: RecordedReceive, _ sent: RecordedSend, from peer: RecordedDevice) throws(ReplayError) {
        var element = try sent.stanza.element()
        if let tampered = event.tampered {
            let message = try sent.stanza.message(version)
            let key = try sent.stanza.key(for: device, in: message).element
            let changed = EncryptedKey(
                for: key.device, of: key.jid, isKeyExchange: key.isKeyExchange, bytes: tampered.span)
            element = EncryptedMessage(message.payload, version, from: message.sender, keys: [changed]).element
        }
        let incoming = Incoming(.element(element), from: JID(peer.jid), to: JID(device.jid))
        try receive(incoming, sent.stanza, from: peer, refusal: event.refusal)
        if event.refusal == nil, let key = event.ratchetKeys.last { pendingKey = key }
    }

    /// Receives a stanza.
    func receive(
        _ incoming: Incoming, _ stanza: RecordedStanza, from peer: RecordedDevice, refusal: ErrorClass?
    ) throws(ReplayError) {
        let before = store.image
        entropy.expect([])
        let decryption: Decryption
        do throws(SessionError) {
            decryption = try engine.change { machine, transaction throws(SessionError) in
                guard case .element(let element) = incoming.payload else { throw .misuse }
                let decryption = try machine.decrypt(
                    [EncryptedMessage(element)], incoming, at: ReplayMachine.now, in: &transaction)
                if let receipt = decryption.receipt { try machine.acknowledge(receipt, in: &transaction) }
                return decryption
            }
        } catch {
            try expect(error.code, refusal?.rawValue ?? "none", "the error")
            if store.image != before { throw ReplayError("the refused message changed the store") }
            return
        }
        try entropy.check()
        if let refusal { throw ReplayError("accepted, recorded is the error \(refusal.rawValue)") }
        try expect(decryption.sender, peer.address, "the sender")
        try expect(decryption.isRepeated, false, "whether it was decrypted before")
        try expect(decryption.plaintext?.content, stanza.content(version), "what it says")
    }

    // MARK: - The engine

    /// Gives the engine the list and the bundle of a device, once.
    private func learn(_ peer: RecordedDevice) throws(ReplayError) -> Bundle {
        let bundle = try peer.bundle(version)
        guard known.insert(peer.address).inserted else { return bundle }
        let list = DeviceList([ListedDevice(peer.id)], version: version).publication(for: peer.jid)
        let (element, version) = (try peer.bundleElement(), version)
        entropy.expect([])
        try change("the bundle") { machine, transaction throws(SessionError) in
            let now = ReplayMachine.now
            _ = try machine.learn(
                [Item(id: nil, payload: list.payload)], at: list.node, at: now, in: &transaction)
            let node = BundlePlace(peer.id, version: version).node(of: peer.jid)
            _ = try machine.learn([Item(id: node.item, payload: element)], at: node, at: now, in: &transaction)
        }
        try entropy.check()
        return bundle
    }

    private func change<Result>(
        _ what: String, _ body: (OMEMOMachine, inout MemoryStore.Transaction) throws(SessionError) -> Result
    ) throws(ReplayError) -> Result {
        let engine = engine
        return try replayingStanza(what) { () throws(SessionError) in try engine.change(body) }
    }
}
