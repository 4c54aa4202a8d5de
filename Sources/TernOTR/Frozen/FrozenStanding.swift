// Owns where a conversation stands, as bytes. It must not know libotr.

internal import TernCore

extension OTRStanding {
    private static let longestFingerprint = 32

    func write(to writer: inout FrozenWriter) {
        writer.write(counted: key?.bytes ?? [])
        writer.write(Int64(Trust.allCases.firstIndex(of: trust) ?? 0))
        writer.write(Int64(OTRStanding.phases.firstIndex(of: phase) ?? 0))
        writer.write(isAsked ? 1 : 0)
        writer.write(hasInvited ? 1 : 0)
        writer.write(hasShown ? 1 : 0)
        writer.write(Int64(limit.failures.count))
        for failure in limit.failures { writer.write(failure.milliseconds) }
    }

    mutating func read(_ reader: inout FrozenReader) throws(SessionError) {
        let bytes = try reader.counted(OTRStanding.longestFingerprint)
        if !bytes.isEmpty {
            guard let read = try? Fingerprint(bytes) else { throw .store(.damaged) }
            key = read
        }
        trust = Trust.allCases[Int(try reader.number(upTo: Int64(Trust.allCases.count - 1)))]
        phase = OTRStanding.phases[Int(try reader.number(upTo: Int64(OTRStanding.phases.count - 1)))]
        isAsked = try reader.flag()
        hasInvited = try reader.flag()
        hasShown = try reader.flag()
        var failures: [Timestamp] = []
        for _ in 0..<(try reader.number(upTo: Int64(VerificationLimit.most))) {
            failures.append(Timestamp(milliseconds: try reader.number()))
        }
        limit = VerificationLimit(failures: failures)
    }

    /// In the order of the record.
    private static let phases: [Phase] = [.fresh, .negotiating, .established, .ended]
}
