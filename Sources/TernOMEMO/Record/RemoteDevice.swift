// Owns what is kept of another device: its identity key, how far it is trusted, which sessions there are with it.

internal import TernCore
internal import TernCrypto
internal import TernRatchet

/// Another device whose identity key is known.
struct RemoteDevice: Equatable {
    /// 2 added who decided.
    private static let format: UInt8 = 2

    /// Sessions that are kept beside the live one, as libsignal does: whoever started at the same time, restored an old
    /// state or delivers late is still understood.
    static let archiveLimit = 40

    /// The key in the form that both versions share: what people compare.
    var identity: X25519PublicKey
    /// The Ed25519 form as OMEMO 2 sent it. Its sign bit is not in the other form.
    var edwards: FixedBytes<32>?
    /// How far the key is trusted.
    var trust: Trust
    /// When that was decided.
    var decided: Timestamp
    /// Who decided.
    var decider = Decider.local
    /// The sessions by ``Version/place``, the live one first.
    var sessions = SessionNumbers()

    init(_ identity: IdentityPublicKey, _ version: Version, trust: Trust, decided: Timestamp) {
        self.identity = identity.x25519
        self.trust = trust
        self.decided = decided
        if version == .v2 { edwards = try? FixedBytes(identity.encoded) }
    }

    /// A device of which a person knows the key and nothing else is known.
    init(_ identity: X25519PublicKey, trust: Trust, decided: Timestamp) {
        self.identity = identity
        self.trust = trust
        self.decided = decided
    }

    /// Whether `key` is this device's.
    func hasKey(_ key: IdentityPublicKey, _ version: Version) -> Bool {
        guard key.x25519 == identity else { return false }
        guard version == .v2, let edwards else { return true }
        return edwards.array == key.encoded
    }

    /// The key as a version sends it, where it is known.
    func key(in version: Version) -> IdentityPublicKey? {
        switch version {
        case .v03: IdentityPublicKey(trusting: version.suite.encode(identity), x25519: identity)
        case .v2: edwards.map { IdentityPublicKey(trusting: $0.array, x25519: identity) }
        }
    }

    /// Takes note of the Ed25519 form where it was not known.
    /// - Returns: Whether anything has changed.
    mutating func note(_ key: IdentityPublicKey, _ version: Version) -> Bool {
        guard version == .v2, edwards == nil else { return false }
        edwards = try? FixedBytes(key.encoded)
        return true
    }

    init(_ record: Span<UInt8>) throws(RatchetError) {
        var reader = RecordReader(record)
        let written = try reader.format(RemoteDevice.format)
        identity = try reader.publicKey()
        if try reader.flag() {
            let bytes = try reader.take(32)
            edwards = try? FixedBytes(bytes)
        }
        guard let trust = Trust(number: try reader.byte()) else { throw .malformedRecord }
        self.trust = trust
        decided = try reader.time()
        for version in Version.allCases {
            let place = version.place
            let count = try reader.byte()
            for _ in 0..<count { sessions[place].append(try reader.signed()) }
        }
        if written > 1 { decider = try Decider(&reader) }
        try reader.finish()
    }

    var record: SecretBytes {
        var writer = RecordWriter(capacity: 136 + 8 * Version.allCases.map { sessions[$0.place].count }.reduce(0, +))
        writer.write(RemoteDevice.format)
        writer.write(identity)
        writer.write(edwards != nil)
        if let edwards { writer.write(edwards.span) }
        writer.write(trust.number)
        writer.write(decided)
        for version in Version.allCases {
            let list = sessions[version.place]
            writer.write(UInt8(list.count))
            for session in list { writer.write(session) }
        }
        decider.write(to: &writer)
        return writer.finish()
    }
}

/// The numbers of a device's sessions by ``Version/place``. No array of arrays: a client has thousands of devices.
struct SessionNumbers: Equatable {
    private var old: [Int64] = []
    private var new: [Int64] = []

    subscript(place: Int) -> [Int64] {
        get { place == Version.v03.place ? old : new }
        set { if place == Version.v03.place { old = newValue } else { new = newValue } }
    }
}

extension Trust {
    /// The number that stands for it in records.
    var number: UInt8 {
        switch self {
        case .undecided: 0
        case .firstUse: 1
        case .verified: 2
        case .distrusted: 3
        }
    }

    init?(number: UInt8) {
        guard let trust = Trust.allCases.first(where: { $0.number == number }) else { return nil }
        self = trust
    }
}
