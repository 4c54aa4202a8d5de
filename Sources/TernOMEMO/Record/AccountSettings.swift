// Owns what a person has set for a whole account. It must not know what follows from it.

internal import TernCore
internal import TernCrypto
internal import TernRatchet

/// What a person has set for an account; the defaults where there is no row.
struct AccountSettings: Equatable {
    /// Format 1 had no expiry.
    private static let format: UInt8 = 2

    /// What becomes of new keys.
    var policy = TrustPolicy.firstUse
    /// Whether trust messages decide about keys, and are sent (XEP-0450).
    var isAutomatic = false
    /// What this device is called; empty where it has no name.
    var label = ""
    /// For how long the account's other devices may be silent; none for any time.
    var expiry: Days?

    init() {}

    init(_ record: Span<UInt8>) throws(RatchetError) {
        var reader = RecordReader(record)
        let written = try reader.format(AccountSettings.format)
        guard let policy = TrustPolicy(number: try reader.byte()) else { throw .malformedRecord }
        self.policy = policy
        isAutomatic = try reader.flag()
        guard let label = String(validating: try reader.counted().array, as: UTF8.self) else { throw .malformedRecord }
        self.label = label
        if written > 1 {
            let days = try reader.number()
            expiry = days == 0 ? nil : Days(Int64(days))
        }
        try reader.finish()
    }

    var record: SecretBytes {
        let bytes = Array(label.utf8)
        var writer = RecordWriter(capacity: 12 + bytes.count)
        writer.write(AccountSettings.format)
        writer.write(policy.number)
        writer.write(isAutomatic)
        writer.write(counted: bytes.span)
        writer.write(UInt32(expiry?.count ?? 0))
        return writer.finish()
    }
}

/// What is set for one contact.
struct ContactSettings: Equatable {
    /// Format 1 had no opt-out.
    private static let formats: ClosedRange<UInt8> = 1...2

    /// What becomes of its new keys; as the account has it where there is none.
    var policy: TrustPolicy?
    /// How far its wish to be written to in the clear has come.
    var optOut: OptOut?

    init() {}

    init(_ record: Span<UInt8>) throws(RatchetError) {
        var reader = RecordReader(record)
        let format = try reader.byte()
        guard ContactSettings.formats.contains(format) else { throw .malformedRecord }
        let number = try reader.byte()
        policy = TrustPolicy(number: number)
        guard number == 0 || policy != nil else { throw .malformedRecord }
        if format > 1 {
            let wish = try reader.byte()
            optOut = OptOut(rawValue: wish)
            guard wish == 0 || optOut != nil else { throw .malformedRecord }
        }
        try reader.finish()
    }

    var record: SecretBytes {
        var writer = RecordWriter(capacity: 3)
        writer.write(ContactSettings.formats.upperBound)
        writer.write(policy?.number ?? 0)
        writer.write(optOut?.rawValue ?? 0)
        return writer.finish()
    }
}

extension TrustPolicy {
    /// The number that stands for it in records; none is 0.
    fileprivate var number: UInt8 {
        switch self {
        case .manual: 1
        case .blind: 2
        case .firstUse: 3
        }
    }

    fileprivate init?(number: UInt8) {
        guard let policy = TrustPolicy.allCases.first(where: { $0.number == number }) else { return nil }
        self = policy
    }
}
