// Owns the rules of a simulated network, and what has to be remembered to hold devices against them.
//
// 1. Each message that is delivered is decrypted exactly once, to the text that was written. What comes again is a duplicate.
// 2. What was changed on the way is never decrypted.
// 3. A message that is refused leaves the store byte-identical (checked where it is delivered).
// 4. No message number of a ratchet key is ever used for two messages, whatever process died in between.
// 5. Once everything has arrived, any two devices that write to each other understand each other, on one session.
//
// One thing may be refused although nothing is wrong: a key exchange whose one-time prekey somebody else has used first. Where
// that befalls both of two devices, each has a session that the other can never answer, and no message may be a reason to
// begin another (XEP-0384 §security): then a person has to end it, and that has to help.

internal import TernCore
internal import TernCrypto
internal import TernOMEMO
internal import TernRatchet

/// What has happened so far, as far as the rules need it.
final class Invariants {
    private struct Reading: Hashable {
        let destination: DeviceAddress
        let number: Int
    }

    private struct Place: Hashable {
        let sender: DeviceAddress
        let recipient: String
        let ratchetKey: [UInt8]
        let index: UInt32
    }

    private var readings: Set<Reading> = []
    private var possibleReadings: Set<Reading> = []
    private var ciphertexts: [Place: [UInt8]] = [:]
    /// Key exchanges that were refused since somebody asked, by sender and destination.
    private var refusedExchanges: [DeviceAddress: Set<DeviceAddress>] = [:]
    private(set) var decrypted = 0

    /// A message was decrypted.
    func read(_ parcel: SimulatedNetwork.Parcel, _ text: String?, isRepeated: Bool) throws {
        guard !parcel.isTampered else { throw Violation("a changed message was decrypted") }
        guard text ?? "" == parcel.text else { throw Violation("message \(parcel.number) says something else") }
        let isFirst = readings.insert(Reading(destination: parcel.destination, number: parcel.number)).inserted
        guard isFirst || isRepeated else { throw Violation("message \(parcel.number) was decrypted twice") }
        decrypted += 1
    }

    /// A message was decrypted, and whoever asked for it did not hear of it.
    func mayBeRead(_ parcel: SimulatedNetwork.Parcel) {
        possibleReadings.insert(Reading(destination: parcel.destination, number: parcel.number))
    }

    /// A message was refused.
    func refused(_ parcel: SimulatedNetwork.Parcel, _ error: SessionError) throws {
        guard !parcel.isTampered else { return }
        let wasRead = readings.contains(Reading(destination: parcel.destination, number: parcel.number))
        if wasRead {
            guard error == .duplicate || error == .materialMissing else {
                throw Violation("message \(parcel.number) came again and is called \(error.code)")
            }
            return
        }
        // A message without content leaves nothing to be asked for again.
        let reading = Reading(destination: parcel.destination, number: parcel.number)
        if error == .duplicate, parcel.text.isEmpty, possibleReadings.contains(reading) { return }
        guard error == .materialMissing, parcel.isKeyExchange else {
            throw Violation("message \(parcel.number) is refused: \(error.code)")
        }
        refusedExchanges[parcel.sender, default: []].insert(parcel.destination)
    }

    /// A message leaves a device.
    func left(_ message: EncryptedMessage, from sender: DeviceAddress) throws {
        for key in message.keys {
            var bytes = try key.bytes()
            if key.isKeyExchange { bytes = try KeyExchangeElement.decode(bytes, message.version).message }
            let header = try message.version.header(of: bytes.span)
            let place = Place(
                sender: sender, recipient: "\(key.jid?.description ?? "")/\(key.device)",
                ratchetKey: header.ratchetKey.bytes.array, index: header.index)
            if let before = ciphertexts[place], before != bytes {
                throw Violation("message \(header.index) of a ratchet key was used twice")
            }
            ciphertexts[place] = bytes
        }
    }

    /// The key exchanges that were refused since this was last asked.
    func takeRefusedExchanges() -> [DeviceAddress: Set<DeviceAddress>] {
        defer { refusedExchanges = [:] }
        return refusedExchanges
    }

    /// Holds the sessions of a device against those of the others: both ends send on the same one.
    func compare(_ device: SimulatedDevice, with others: [SimulatedDevice]) throws {
        for other in others where other.address.jid != device.address.jid {
            for version in Version.allCases {
                let (here, there) = (
                    try device.sendsOn(version, to: other.address), try other.sendsOn(version, to: device.address)
                )
                guard here == there else {
                    throw Violation("\(device.address.device) and \(other.address.device) send on two sessions")
                }
            }
        }
    }
}

extension SimulatedDevice {
    /// What tells the session apart that messages to a device are sent on.
    fileprivate func sendsOn(_ version: Version, to address: DeviceAddress) throws -> [UInt8]? {
        try engine.change { machine, transaction throws(SessionError) in
            try machine.liveExchange(version, with: address, in: transaction)
        }
    }
}
