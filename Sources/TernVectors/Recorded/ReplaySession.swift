// Owns a session that is being replayed: its ratchet, its key exchange, and the recorded key that its next turn takes.

internal import TernCrypto
internal import TernOMEMO
internal import TernRatchet

/// A session of a device in a replayed conversation.
final class ReplaySession {
    var ratchet: DoubleRatchet
    /// What began it.
    let exchange: KeyExchange
    /// The private half that this side's next turn takes: recorded when the turn began, used when it is sent.
    var pendingKey: [UInt8]?

    init(_ ratchet: consuming DoubleRatchet, _ exchange: KeyExchange, pendingKey: [UInt8]?) {
        self.ratchet = ratchet
        self.exchange = exchange
        self.pendingKey = pendingKey
    }

    /// Everything that would be stored, byte for byte.
    var records: [[UInt8]] {
        [ratchet.hotRecord().exposed(), ratchet.coldRecord().exposed()]
            + ratchet.skippedRanges.map { Array($0.ratchetKey.bytes.array) + keys(of: $0) }
    }

    private func keys(of range: SkippedRange) -> [UInt8] {
        var keys: [UInt8] = []
        for index in range.indices {
            if let key = ratchet.skippedKey(range.ratchetKey, index) {
                keys += key.span.array
            } else {
                keys += [UInt8](repeating: 0, count: 32)
            }
        }
        return keys
    }

    /// The session as it would be read from its records.
    func duplicate() throws(ReplayError) -> DoubleRatchet {
        let hot = ratchet.hotRecord().exposed()
        let cold = ratchet.coldRecord().exposed()
        let local = ratchet.parties.local
        do throws(RatchetError) {
            var duplicate = try DoubleRatchet(
                hot: hot.span, cold: cold.span, local: local, suite: { Suite.omemo(id: $0) })
            for range in ratchet.skippedRanges { try duplicate.restoreSkipped(range, keys: keys(of: range).span) }
            return duplicate
        } catch {
            throw ReplayError("the stored records cannot be read: \(error.words)")
        }
    }

    /// The session with the half turn done that belongs to the answer.
    func turned() throws(ReplayError) -> DoubleRatchet {
        var duplicate = try duplicate()
        var keys = RecordedKeys(pendingKey)
        _ = try replaying { () throws(RatchetError) in try duplicate.openSendingChain(keys: &keys) }
        try keys.check()
        return duplicate
    }

    /// The header and the key of the next message, found on a duplicate.
    func upcoming() throws(ReplayError) -> DoubleRatchet.Outgoing {
        var duplicate = try duplicate()
        var keys = RecordedKeys(pendingKey)
        let outgoing = try replaying { () throws(RatchetError) in try duplicate.next(keys: &keys) }
        try keys.check()
        return outgoing
    }

    /// Encrypts the next message with the recorded key, where one is due.
    func seal(_ plaintext: [UInt8], _ version: Version) throws(ReplayError) -> [UInt8] {
        var keys = RecordedKeys(pendingKey)
        let message: [UInt8]
        do throws(RatchetError) {
            message = try version.seal(plaintext.span, with: &ratchet, keys: &keys).message
        } catch {
            throw ReplayError("sending was refused for \(error.words)")
        }
        try keys.check()
        if keys.isUsed { pendingKey = nil }
        return message
    }
}
