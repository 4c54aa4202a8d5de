// Owns what is kept of a device list. It must not know how lists are published.

internal import TernCore
internal import TernCrypto
internal import TernRatchet

/// The devices that an account announces for one version. An empty list is known too: the account has none.
struct KnownList: Equatable {
    private static let format: UInt8 = 1

    var devices: [DeviceID]
    /// When the list came.
    var received: Timestamp

    init(_ devices: [DeviceID], received: Timestamp) {
        self.devices = devices
        self.received = received
    }

    init(_ record: Span<UInt8>) throws(RatchetError) {
        var reader = RecordReader(record)
        try reader.format(KnownList.format)
        received = try reader.time()
        devices = []
        let count = try reader.number()
        for _ in 0..<count { devices.append(try reader.device()) }
        try reader.finish()
    }

    var record: SecretBytes {
        var writer = RecordWriter(capacity: 16 + 4 * devices.count)
        writer.write(KnownList.format)
        writer.write(received)
        writer.write(UInt32(devices.count))
        for device in devices { writer.write(device.value) }
        return writer.finish()
    }
}
