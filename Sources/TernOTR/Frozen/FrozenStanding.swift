// Owns where a conversation stands, as bytes. It must not know libotr.

internal import TernCore

extension OTRStanding {
    func write(to writer: inout FrozenWriter) {
        writer.write(key, trust)
        writer.write(Int64(OTRStanding.phases.firstIndex(of: phase) ?? 0))
        writer.write(isAsked ? 1 : 0)
        writer.write(hasInvited ? 1 : 0)
        writer.write(hasShown ? 1 : 0)
        writer.write(limit)
    }

    mutating func read(_ reader: inout FrozenReader) throws(SessionError) {
        (key, trust) = try reader.key()
        phase = OTRStanding.phases[Int(try reader.number(upTo: Int64(OTRStanding.phases.count - 1)))]
        isAsked = try reader.flag()
        hasInvited = try reader.flag()
        hasShown = try reader.flag()
        limit = try reader.limit()
    }

    /// In the order of the record.
    private static let phases: [Phase] = [.fresh, .negotiating, .established, .ended]
}
