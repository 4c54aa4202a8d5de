// Owns a recorded message for several devices: each device's key as a case. It must not know how files are read.

internal import TernCore
internal import TernCrypto
internal import TernOMEMO
internal import TernRatchet

/// One message, encrypted for several devices whose every key is known.
struct Fanout: Sendable {
    let version: Version
    let sender: RecordedDevice
    let recipients: [RecordedDevice]
    let stanza: RecordedStanza

    /// What is a case of its own.
    private enum Step {
        case bundle(RecordedDevice)
        case key(RecordedDevice)
        case machine(RecordedDevice)
    }

    private var steps: [Step] {
        ([sender] + recipients).map { .bundle($0) } + recipients.flatMap { [.key($0), .machine($0)] }
    }

    /// What the ratchet encrypted.
    private var material: [UInt8] { stanza.payloadKey + stanza.payloadTag }

    /// Each device's bundle, and what each recipient makes of the message, by the ratchet alone and as a whole.
    var cases: [VectorCase] { steps.map { subject(of: $0) } }

    /// Decrypts every device's key.
    func run(_ report: (VectorCase, Outcome) -> Void) {
        for step in steps {
            do throws(ReplayError) {
                switch step {
                case .bundle(let device): try device.checkPublished(version)
                case .key(let device): try receive(at: device)
                case .machine(let device):
                    let incoming = Incoming(
                        .element(try stanza.element()), from: JID(sender.jid), to: JID(addressee(of: device)))
                    try ReplayMachine(device, version).receive(incoming, stanza, from: sender, refusal: nil)
                }
                report(subject(of: step), .passed)
            } catch {
                report(subject(of: step), .failed(error.message))
            }
        }
    }

    /// Whom the message was sent to, as a device sees it: the author's other devices get a copy of what went to others.
    private func addressee(of device: RecordedDevice) -> BareJID {
        guard device.jid == sender.jid else { return device.jid }
        return recipients.first { $0.jid != sender.jid }?.jid ?? device.jid
    }

    private func receive(at device: RecordedDevice) throws(ReplayError) {
        let message = try stanza.message(version)
        try expect(stanza.sender, Int(sender.id.value), "the number of the sending device")
        try expect(message.keys.count, recipients.count, "the number of keys")
        guard try stanza.sealed(version, iv: message.payload.iv) == message.payload else {
            throw ReplayError("the payload is not what the plaintext makes")
        }
        let key = try stanza.key(for: device, in: message)
        let identity = try device.identity()
        let recipient = Recipient(device: device, version: version, session: nil)
        let arrived: Arrived
        do throws(RatchetError) {
            arrived = try recipient.open(key.bytes, isKeyExchange: key.element.isKeyExchange, identity)
        } catch {
            throw ReplayError("refused for \(error.words), where the recording succeeded")
        }
        try expect(arrived.opened.plaintext.exposed(), material, "what the ratchet encrypted")
        try stanza.open(message, with: arrived.opened.plaintext, from: sender, to: addressee(of: device))
        let session = arrived.commit(pendingKey: nil)
        let expected = try sender.identity().encoded(for: version.suite)
        try expect(session.ratchet.parties.remote, expected, "the sender's identity key")
    }

    private func subject(of step: Step) -> VectorCase {
        switch step {
        case .bundle(let device):
            VectorCase(
                id: "\(device.jid)/\(device.id)/bundle", kind: .bundle,
                comment: "the bundle of device \(device.id) of \(device.jid)",
                inputs: [.text("bundle", device.bundleText)],
                expectation: .outputs([.bytes("signature", device.signature)]), decision: nil)
        case .key(let device):
            VectorCase(
                id: "\(device.jid)/\(device.id)", kind: .ratchetKey, comment: comment(device),
                inputs: [.text("stanza", stanza.text)], expectation: .outputs([.bytes("plaintext", material)]),
                decision: nil)
        case .machine(let device):
            VectorCase(
                id: "\(device.jid)/\(device.id)/machine", kind: .machineReceive, comment: comment(device),
                inputs: [.text("stanza", stanza.text)],
                expectation: .outputs([.bytes("plaintext", stanza.plaintext ?? [])]), decision: nil)
        }
    }

    private func comment(_ device: RecordedDevice) -> String {
        "device \(device.id) of \(device.jid) receives the message of device \(sender.id)"
    }
}
