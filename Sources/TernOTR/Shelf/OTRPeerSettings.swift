// Owns what is kept of somebody whom OTR is spoken with: the key that is accepted, and what may happen by itself. It must not know
// which conversations there are.

public import TernCore
internal import TernCrypto

/// What is kept of somebody, over all conversations.
public struct OTRPeerSettings: Hashable, Sendable {
    private static let format: Int64 = 1

    /// The key that is accepted for them; the first one that is seen where there is none.
    public var key: Fingerprint?
    /// How far it is trusted.
    public var trust = Trust.undecided
    /// What may happen by itself.
    public var policy = OTRPolicy.known
    /// Comparisons that have failed.
    public var limit = VerificationLimit()

    /// Nothing is known yet.
    public init() {}

    init(_ record: [UInt8]) throws(SessionError) {
        var reader = FrozenReader(record)
        let format = try reader.number(upTo: 1 << 16)
        guard format == OTRPeerSettings.format else { throw .store(.newer(version: Int(format))) }
        (key, trust) = try reader.key()
        let bits = try reader.number(upTo: 3)
        let versions = Set(OTRVersion.allCases.enumerated().filter { bits & 1 << Int64($0.offset) != 0 }.map(\.element))
        guard let answers = OTRPolicy.Answers(rawValue: UInt8(try reader.number(upTo: 2))) else {
            throw .store(.damaged)
        }
        let longest = Int(try reader.number(upTo: 1 << 30))
        policy = OTRPolicy(versions: versions, answers: answers, longestMessage: longest == 0 ? nil : longest)
        limit = try reader.limit()
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
        return writer.bytes
    }
}
