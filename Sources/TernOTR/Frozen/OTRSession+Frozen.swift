// Owns a whole conversation as one record, so that a process may end between two messages. It must not know where it is kept.
//
// Who keeps a record keeps the keys of the messages to come: forward secrecy reaches back to the last record and no further.
// A message may leave only once the record behind it is durable, and a record may be used once: from one that is older, the
// next message would be encrypted with a counter that was used before.

public import TernCore
public import TernCrypto

extension OTRSession {
    /// Whether conversations can be written down with this libotr (4.1.1, as Debian builds it for processors of 64 bits).
    public static var canFreeze: Bool { OTREngine.canFreeze }

    private static let format: Int64 = 1

    /// The conversation as a record, without the account's key and instance tag. The last text, which might have been said again, is
    /// not part of it.
    /// - Throws: ``TernCore/SessionError/busy`` while a job is out, ``TernCore/SessionError/backendMissing`` for a libotr whose
    ///   conversations cannot be written down.
    public func freeze() throws(SessionError) -> SecretBytes {
        guard isIdle else { throw .busy }
        var writer = FrozenWriter()
        writer.write(OTRSession.format)
        standing.write(to: &writer)
        writer.write(counted: Array((offered ?? "").utf8))
        guard let record = try freezeEngine() else {
            writer.write(0)
            return SecretBytes(copying: writer.bytes)
        }
        writer.write(1)
        let head = writer.bytes
        var bytes = SecretBytes(count: head.count + record.count)
        bytes.write(head.span, at: 0)
        record.withSpan { bytes.write($0, at: head.count) }
        return bytes
    }

    /// Takes a conversation up where a record has left it.
    /// - Throws: ``TernCore/SessionError/store(_:)`` for a record that is damaged or newer,
    ///   ``TernCore/SessionError/backendMissing``.
    public convenience init(
        thawing record: borrowing SecretBytes, account: BareJID, peer: JID, key: OTRPrivateKey, tag: InstanceTag,
        policy: OTRPolicy
    ) throws(SessionError) {
        self.init(account: account, peer: peer, key: key, tag: tag, policy: policy)
        // what is the session's own is no secret; what libotr has stays where it is
        let head = record.count
        var reader = FrozenReader(record.withSpan { span in (0..<min(head, OTRSession.longestHead)).map { span[$0] } })
        let version = try reader.number(upTo: 1 << 16)
        guard version == OTRSession.format else { throw .store(.newer(version: Int(version))) }
        try standing.read(&reader)
        let body = try reader.counted(OTRSession.lengthLimit)
        if !body.isEmpty {
            let text = String(decoding: body, as: UTF8.self)
            hold(OTROffer(text), text)
        }
        guard try reader.flag() else {
            guard reader.offset == head else { throw .store(.damaged) }
            return
        }
        let start = reader.offset
        let engine = try OTREngine(account: account, peer: peer, key: key, tag: tag, policy: policy)
        try record.withSpan { (span) throws(SessionError) in try engine.thaw(span.extracting(start..<head)) }
        adopt(engine)
    }

    private static let longestHead = lengthLimit + 4096
}
