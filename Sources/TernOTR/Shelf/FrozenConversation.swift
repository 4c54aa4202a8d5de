// Owns a conversation's row: its record, and since when nothing has come. It must not know what is said in it.

public import TernCore
internal import TernCrypto

/// A conversation in the store.
struct FrozenConversation: ~Copyable {
    /// As many programs of one account are remembered that nothing was agreed on with: strangers fill no store.
    private static let mostOffers = 16

    private let turned: Timestamp
    private let record: SecretBytes

    init?(with peer: JID, in transaction: borrowing some StoreTransaction) throws(SessionError) {
        guard let number = try transaction.find(peer.bare),
            let found = try transaction.load(.otrConversation, FrozenConversation.row(number, peer))
        else { return nil }
        guard found.count >= 8 else { throw .store(.damaged) }
        var reader = FrozenReader(found.withSpan { span in (0..<8).map { span[$0] } })
        turned = Timestamp(milliseconds: try reader.number())
        record = found.withSpan { SecretBytes(copying: $0.extracting(8..<$0.count)) }
    }

    /// What tells a row from every other that was there before or will be; none where there is no conversation.
    static func mark(with peer: JID, in transaction: borrowing some StoreTransaction) throws(SessionError) -> [UInt8]? {
        guard let number = try transaction.find(peer.bare),
            let found = try transaction.load(.otrConversation, FrozenConversation.row(number, peer))
        else { return nil }
        return found.withSpan { SHA256.digest($0).array }
    }

    func thaw(
        _ account: BareJID, _ peer: JID, _ identity: OTRIdentity, _ policy: OTRPolicy
    ) throws(SessionError) -> OTRSession {
        try OTRSession(
            thawing: record, account: account, peer: peer, key: identity.key, tag: identity.tag, policy: policy)
    }

    func hasExpired(at now: Timestamp) -> Bool {
        let age = now.milliseconds.subtractingReportingOverflow(turned.milliseconds)
        return age.overflow || age.partialValue >= OTRShelf.lifetime
    }

    /// - Parameter turned: When something came that turned the keys, if it has just now.
    static func save(
        _ session: OTRSession, with peer: JID, turned: Timestamp?, at now: Timestamp,
        in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        let before = try FrozenConversation(with: peer, in: transaction)?.turned
        if session.phase == .fresh {
            let number = try transaction.find(peer.bare)
            let kept = try number.map { (number) throws(SessionError) in try transaction.count(.otrConversation, number)
            }
            guard before != nil || (session.offer != nil && (kept ?? 0) < mostOffers) else { return }
        }
        let row = FrozenConversation.row(try transaction.name(peer.bare), peer)
        let frozen = try session.freeze()
        var head = FrozenWriter()
        let isNew = before == nil || session.phase != .established
        head.write((turned ?? (isNew ? now : before) ?? now).milliseconds)
        var bytes = SecretBytes(count: 8 + frozen.count)
        bytes.write(head.bytes.span, at: 0)
        frozen.withSpan { bytes.write($0, at: 8) }
        try transaction.save(bytes.span, .otrConversation, row)
    }
}

extension FrozenConversation {
    /// One for each of an account's programs.
    private static func row(_ number: Int64, _ peer: JID) -> RowKey {
        let digest = SHA256.digest(Array((peer.resource ?? "").utf8).span).array
        return RowKey(number, Int64(bitPattern: digest[0..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }))
    }
}

/// A text that was read and that nobody has yet.
enum KeptText {
    private static let format: Int64 = 0x6f74_7200_0000_0001

    static func save(
        _ plaintext: Plaintext, _ key: RowKey, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        var writer = FrozenWriter()
        writer.write(format)
        writer.write(plaintext.author.key, plaintext.author.trust)
        writer.write(counted: Array((plaintext.content.text ?? "").utf8))
        try transaction.save(writer.bytes.span, .otrInbox, key)
    }

    static func load(
        _ key: RowKey, from peer: BareJID, in transaction: borrowing some StoreTransaction
    ) throws(SessionError) -> Plaintext? {
        guard let row = try transaction.load(.otrInbox, key) else { return nil }
        var reader = FrozenReader(row.exposed())
        guard try reader.number() == format else { throw .store(.damaged) }
        let (fingerprint, trust) = try reader.key()
        let text = String(decoding: try reader.counted(OTRSession.lengthLimit), as: UTF8.self)
        return Plaintext(.text(text), by: .init(peer, key: fingerprint, trust: trust))
    }
}

extension OTRShelf {
    /// Forgets a text: its host has it for good.
    public static func acknowledge(
        _ receipt: RowKey, in transaction: inout some StoreTransaction
    ) throws(SessionError) {
        try transaction.drop(.otrInbox, receipt)
    }
}
