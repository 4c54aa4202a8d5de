// Owns a recorded message for several devices: each device's key as a case. It must not know how files are read.

internal import TernCrypto
internal import TernOMEMO
internal import TernRatchet

/// One message, encrypted for several devices whose every key is known.
struct Fanout: Sendable {
    /// A `<key>` element.
    struct Key: Sendable {
        /// The address it stands under; version 0.3 tells none.
        let jid: String?
        let device: Int
        let bytes: [UInt8]
    }

    let version: Version
    let sender: RecordedDevice
    let recipients: [RecordedDevice]
    let keys: [Key]
    /// What the ratchet encrypted: the payload's key and tag.
    let plaintext: [UInt8]

    /// A case for each device.
    var cases: [VectorCase] {
        recipients.map { device in
            VectorCase(
                id: "\(device.jid)/\(device.id)", kind: .ratchetKey,
                comment: "device \(device.id) of \(device.jid) receives the message of device \(sender.id)",
                inputs: [.bytes("element", key(for: device)?.bytes ?? [])],
                expectation: .outputs([.bytes("plaintext", plaintext)]), decision: nil)
        }
    }

    /// Decrypts every device's key.
    func run(_ report: (VectorCase, Outcome) -> Void) {
        for (device, subject) in zip(recipients, cases) {
            do throws(ReplayError) {
                try receive(at: device)
                report(subject, .passed)
            } catch {
                report(subject, .failed(error.message))
            }
        }
    }

    private func key(for device: RecordedDevice) -> Key? {
        keys.first { $0.device == device.id && ($0.jid ?? device.jid) == device.jid }
    }

    private func receive(at device: RecordedDevice) throws(ReplayError) {
        guard let key = key(for: device) else { throw ReplayError("the stanza has no <key> for this device") }
        let identity = try device.identity()
        try device.check(version.suite)
        try sender.check(version.suite)
        let recipient = Recipient(device: device, version: version, session: nil)
        let arrived: Arrived
        do throws(RatchetError) {
            arrived = try recipient.open(key.bytes, isKeyExchange: true, identity)
        } catch {
            throw ReplayError("refused for \(error.words), where the recording succeeded")
        }
        try expect(arrived.opened.plaintext.exposed(), plaintext, "the plaintext")
        let session = arrived.commit(pendingKey: nil)
        let expected = try sender.identity().encoded(for: version.suite)
        try expect(session.ratchet.parties.remote, expected, "the sender's identity key")
    }
}
