// Owns what is kept of when this account's other devices gave a sign of life. It must not know what follows from it.

internal import TernCore
internal import TernCrypto
internal import TernRatchet

/// When each of this account's other devices was last heard, or first seen on a list where it never was.
struct LastSigns: Equatable {
    private static let format: UInt8 = 1
    /// Whoever fills the own list fills no store.
    private static let limit = 1024

    private var times: [DeviceID: Timestamp] = [:]

    /// When a device gave its last sign.
    subscript(device: DeviceID) -> Timestamp? { times[device] }

    /// A device has said something.
    /// - Returns: Whether that is to be kept: not more than once a day.
    mutating func note(heard device: DeviceID, at now: Timestamp) -> Bool {
        if let last = times[device], !Days(1).have(passedSince: last, at: now) { return false }
        guard times[device] != nil || times.count < LastSigns.limit else { return false }
        times[device] = now
        return true
    }

    /// These devices are listed, and no others.
    /// - Returns: Whether anything is to be kept.
    mutating func note(listed devices: Set<DeviceID>, at now: Timestamp) -> Bool {
        let before = times
        times = times.filter { devices.contains($0.key) }
        for device in devices.sorted() where times[device] == nil && times.count < LastSigns.limit {
            times[device] = now
        }
        return times != before
    }

    init() {}

    init(_ record: Span<UInt8>) throws(RatchetError) {
        var reader = RecordReader(record)
        try reader.format(LastSigns.format)
        for _ in 0..<(try reader.number()) {
            let device = try reader.device()
            times[device] = try reader.time()
        }
        try reader.finish()
    }

    var record: SecretBytes {
        var writer = RecordWriter(capacity: 8 + 12 * times.count)
        writer.write(LastSigns.format)
        writer.write(UInt32(times.count))
        for (device, time) in times.sorted(by: { $0.key < $1.key }) {
            writer.write(device.value)
            writer.write(time)
        }
        return writer.finish()
    }
}
