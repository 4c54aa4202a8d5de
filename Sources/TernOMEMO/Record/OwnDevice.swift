// Owns what this device is: its number and its identity key, as they are kept. It must not know sessions.

internal import TernCore
internal import TernCrypto
internal import TernRatchet

/// This device. Its sessions share the arrays that its identity key is encoded in.
final class OwnDevice: Sendable {
    private static let format: UInt8 = 1

    /// How the key was made.
    private enum Origin: UInt8 {
        case seed = 1
        case scalar = 2
    }

    /// The device's number.
    let id: DeviceID
    /// The identity key.
    let identity: IdentityKeyPair
    /// When the device was made.
    let created: Timestamp
    private let encoded: [[UInt8]]

    private init(_ id: DeviceID, _ identity: consuming IdentityKeyPair, created: Timestamp) {
        self.id = id
        encoded = [identity.encoded(for: .omemo03), identity.encoded(for: .omemo2)]
        self.identity = identity
        self.created = created
    }

    /// The encoded identity key.
    func encodedIdentity(_ version: Version) -> [UInt8] {
        encoded[version.place]
    }

    /// A new device.
    /// - Returns: The record beside it: the key cannot be taken out of the device again.
    static func make(
        _ id: DeviceID, at now: Timestamp, entropy: inout some Entropy
    ) throws(SessionError) -> SecretBytes {
        record(id, .seed(Secret<32>(from: &entropy)), at: now)
    }

    /// A device whose key exists already.
    static func record(_ id: DeviceID, _ identity: borrowing IdentitySecret, at now: Timestamp) -> SecretBytes {
        var writer = RecordWriter(capacity: 64)
        writer.write(format)
        writer.write(id.value)
        writer.write(now)
        switch identity {
        case .seed(let seed):
            writer.write(Origin.seed.rawValue)
            writer.write(seed.span)
        case .scalar(let scalar):
            writer.write(Origin.scalar.rawValue)
            writer.write(scalar.span)
        }
        return writer.finish()
    }

    /// Reads the record.
    convenience init(_ record: Span<UInt8>) throws(RatchetError) {
        var reader = RecordReader(record)
        try reader.format(OwnDevice.format)
        let id = try reader.device()
        let created = try reader.time()
        guard let origin = Origin(rawValue: try reader.byte()) else { throw .malformedRecord }
        let secret = try reader.secret()
        try reader.finish()
        switch origin {
        case .seed: self.init(id, IdentityKeyPair(seed: secret), created: created)
        case .scalar: self.init(id, try IdentityKeyPair(scalar: secret), created: created)
        }
    }
}
