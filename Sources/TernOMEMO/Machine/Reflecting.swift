// Owns what this device has said in rooms, until the room sends it back: nobody can decrypt what they encrypted themselves.
// It must not know when that is.

internal import TernCore
internal import TernCrypto
internal import TernRatchet

extension OMEMOMachine {
    /// Keeps what was said, under a digest of what it was encrypted as.
    func keep(
        _ content: Content, saidAs message: EncryptedMessage, in room: BareJID, at now: Timestamp,
        _ transaction: inout some StoreTransaction
    ) throws(SessionError) {
        let author = Plaintext.Author(account, key: fingerprint, trust: .verified)
        try Receipt.save(
            Plaintext(content, by: author, claimedTime: now), under: reflection(of: message, in: room), .reflection,
            in: &transaction)
    }

    /// What this device said itself, as the room sends it back. From then on it is kept as any other plaintext is.
    /// - Throws: ``TernCore/SessionError/notForThisDevice`` for what it did not say, or too long ago.
    func reflected(
        _ message: EncryptedMessage, _ incoming: Incoming, in transaction: inout some StoreTransaction
    ) throws(SessionError) -> Decryption {
        guard let room = incoming.room, message.payload.bytes.count > 0 else { throw .notForThisDevice }
        let receipt = Receipt.key(of: [], of: message, from: address, incoming)
        var isRepeated = true
        var plaintext = try Receipt.load(receipt, from: address, in: transaction)
        if plaintext == nil {
            let kept = reflection(of: message, in: room)
            plaintext = try Receipt.load(kept, .reflection, from: address, in: transaction)
            guard let plaintext else { throw .notForThisDevice }
            try transaction.drop(.reflection, kept)
            try Receipt.save(plaintext, under: receipt, in: &transaction)
            isRepeated = false
        }
        return Decryption(
            plaintext: plaintext, sender: address, version: message.version, receipt: receipt, isRepeated: isRepeated,
            replies: [], events: [])
    }

    /// Lets go of what no room has sent back in a day, and of the oldest where there is much.
    func dropReflections(at now: Timestamp, in transaction: inout some StoreTransaction) throws(SessionError) {
        var kept: [(key: RowKey, said: Timestamp)] = []
        for key in try transaction.list(.reflection) {
            guard let said = try Receipt.load(key, .reflection, from: address, in: transaction)?.claimedTime,
                said <= now, !Days(1).have(passedSince: said, at: now)
            else {
                try transaction.drop(.reflection, key)
                continue
            }
            kept.append((key, said))
        }
        guard kept.count > OMEMOMachine.reflectionLimit else { return }
        kept.sort { $0.said > $1.said }
        for each in kept[OMEMOMachine.reflectionLimit...] { try transaction.drop(.reflection, each.key) }
    }

    private static let reflectionLimit = 1024

    private func reflection(of message: EncryptedMessage, in room: BareJID) -> RowKey {
        let place = Incoming(.body(""), from: JID(account), to: JID(account), room: room)
        return Receipt.key(of: [], of: message, from: address, place)
    }
}
