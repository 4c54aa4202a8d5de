// Owns what is kept of a device list. It must not know how lists are published.

internal import TernCore
internal import TernCrypto
internal import TernRatchet

/// The devices that an account announces for one version. An empty list is known too: the account has none.
struct KnownList: Equatable {
    /// 2 added the labels.
    private static let format: UInt8 = 2

    var devices: [DeviceID]
    /// When the list came.
    var received: Timestamp
    /// Devices that have a label, as they were announced: whether it is signed shows when the key is known.
    private(set) var labelled: [ListedDevice] = []

    init(_ devices: [DeviceID], received: Timestamp) {
        self.devices = devices
        self.received = received
    }

    /// Keeps the labels of a list.
    mutating func keepLabels(of list: DeviceList) {
        labelled = list.devices.filter { $0.label != nil }
    }

    /// A device with its label, if it has one.
    func listed(_ device: DeviceID) -> ListedDevice {
        labelled.first { $0.id == device } ?? ListedDevice(device)
    }

    init(_ record: Span<UInt8>) throws(RatchetError) {
        var reader = RecordReader(record)
        let written = try reader.format(KnownList.format)
        received = try reader.time()
        devices = []
        let count = try reader.number()
        for _ in 0..<count { devices.append(try reader.device()) }
        if written > 1 {
            for _ in 0..<(try reader.number()) {
                let device = try reader.device()
                guard let label = String(validating: try reader.counted().array, as: UTF8.self) else {
                    throw .malformedRecord
                }
                labelled.append(ListedDevice(device, label: label, signature: try reader.counted().array))
            }
        }
        try reader.finish()
    }

    var record: SecretBytes {
        let labels = labelled.map {
            (id: $0.id, text: Array(($0.label ?? "").utf8), signature: $0.labelSignature ?? [])
        }
        let length = labels.reduce(0) { $0 + 12 + $1.text.count + $1.signature.count }
        var writer = RecordWriter(capacity: 20 + 4 * devices.count + length)
        writer.write(KnownList.format)
        writer.write(received)
        writer.write(UInt32(devices.count))
        for device in devices { writer.write(device.value) }
        writer.write(UInt32(labels.count))
        for label in labels {
            writer.write(label.id.value)
            writer.write(counted: label.text.span)
            writer.write(counted: label.signature.span)
        }
        return writer.finish()
    }
}
