// Owns what is kept of somebody whom OTR is spoken with: the key that is accepted, and what may happen by itself. It must not know
// which conversations there are.

public import TernCore
internal import TernCrypto

/// What is kept of somebody, over all conversations.
public struct OTRPeerSettings: Hashable, Sendable {
    private static let format: Int64 = 2
    /// As many keys are accepted of somebody: each of their programs has one of its own.
    public static let mostKeys = 16

    /// The key that was used or accepted last; the first one that is seen is accepted where there is none.
    public var key: Fingerprint?
    /// How far it is trusted.
    public var trust = Trust.undecided
    /// Keys of their other programs, accepted or distrusted.
    public var others: [Fingerprint: Trust] = [:]
    /// What may happen by itself.
    public var policy = OTRPolicy.known
    /// Comparisons that have failed.
    public var limit = VerificationLimit()

    /// Nothing is known yet.
    public init() {}

    /// Accepts a key beside those that are.
    /// - Throws: ``TernCore/SessionError/limitExceeded`` for one too many.
    public mutating func accept(_ key: Fingerprint, trust: Trust) throws(SessionError) {
        if let known = self.key, known != key {
            guard others[key] != nil || others.count + 1 < OTRPeerSettings.mostKeys else { throw .limitExceeded }
            others[known] = self.trust
        }
        others[key] = nil
        (self.key, self.trust) = (key, trust)
    }

    /// Refuses a key for good: with the one who shows it nothing passes, also where no other key is known.
    /// - Throws: ``TernCore/SessionError/limitExceeded`` for one too many.
    public mutating func distrust(_ key: Fingerprint) throws(SessionError) {
        guard self.key == key || others[key] != nil || others.count + 1 < OTRPeerSettings.mostKeys else {
            throw .limitExceeded
        }
        others[key] = .distrusted
        guard self.key == key else { return }
        let next = others.filter { $0.value != .distrusted }.min { $0.key.hex < $1.key.hex }
        (self.key, trust) = (next?.key, next?.value ?? .undecided)
        if let next { others[next.key] = nil }
    }

    /// All keys, the one that was used last first.
    public var keys: [(key: Fingerprint, trust: Trust)] {
        (key.map { [($0, trust)] } ?? []) + others.sorted { $0.key.hex < $1.key.hex }.map { ($0.key, $0.value) }
    }

    init(_ record: [UInt8]) throws(SessionError) {
        var reader = FrozenReader(record)
        let format = try reader.number(upTo: 1 << 16)
        guard (1...OTRPeerSettings.format).contains(format) else { throw .store(.newer(version: Int(format))) }
        (key, trust) = try reader.key()
        let bits = try reader.number(upTo: 3)
        let versions = Set(OTRVersion.allCases.enumerated().filter { bits & 1 << Int64($0.offset) != 0 }.map(\.element))
        guard let answers = OTRPolicy.Answers(rawValue: UInt8(try reader.number(upTo: 2))) else {
            throw .store(.damaged)
        }
        let longest = Int(try reader.number(upTo: 1 << 30))
        policy = OTRPolicy(versions: versions, answers: answers, longestMessage: longest == 0 ? nil : longest)
        limit = try reader.limit()
        if format > 1 {
            for _ in 0..<(try reader.number(upTo: Int64(OTRPeerSettings.mostKeys))) {
                guard case (let key?, let trust) = try reader.key() else { throw .store(.damaged) }
                others[key] = trust
            }
        }
        guard reader.offset == record.count else { throw .store(.damaged) }
    }

    var record: [UInt8] {
        var writer = FrozenWriter()
        writer.write(OTRPeerSettings.format)
        writer.write(key, trust)
        writer.write(
            OTRVersion.allCases.enumerated().reduce(0) {
                policy.versions.contains($1.element) ? $0 | 1 << Int64($1.offset) : $0
            })
        writer.write(Int64(policy.answers.rawValue))
        writer.write(Int64(policy.longestMessage ?? 0))
        writer.write(limit)
        writer.write(Int64(others.count))
        for (key, trust) in others.sorted(by: { $0.key.hex < $1.key.hex }) { writer.write(key, trust) }
        return writer.bytes
    }
}
