// Owns the numbers that are given out one after the other. It must not know to what.

internal import TernCore
internal import TernCrypto
internal import TernRatchet

/// The next number of each kind, and the signed prekeys in use. None is ever given twice.
struct Counters: Equatable {
    private static let format: UInt8 = 1

    /// The next session.
    var session: Int64 = 1
    /// The next thing to send.
    var outbox: Int64 = 1
    /// The next one-time prekey, by ``Version/place``.
    var preKey: [UInt32] = [1, 1]
    /// The signed prekey that bundles name, by ``Version/place``.
    var signedPreKey: [UInt32] = [0, 0]

    init() {}

    /// The number after `id`: identifiers begin again at 1 where they end (XEP-0384 §4.1 bounds them to 2^31 - 1).
    static func following(_ id: UInt32) -> UInt32 {
        id >= 0x7FFF_FFFF ? 1 : id + 1
    }

    init(_ record: Span<UInt8>) throws(RatchetError) {
        var reader = RecordReader(record)
        try reader.format(Counters.format)
        session = try reader.signed()
        outbox = try reader.signed()
        preKey = [try reader.number(), try reader.number()]
        signedPreKey = [try reader.number(), try reader.number()]
        try reader.finish()
        // what rows are numbered by; nobody comes so far
        guard (1...Int64(UInt32.max)).contains(session), (1...Int64.max / 2).contains(outbox) else {
            throw .malformedRecord
        }
    }

    var record: SecretBytes {
        var writer = RecordWriter(capacity: 64)
        writer.write(Counters.format)
        writer.write(session)
        writer.write(outbox)
        for id in preKey + signedPreKey { writer.write(id) }
        return writer.finish()
    }
}
