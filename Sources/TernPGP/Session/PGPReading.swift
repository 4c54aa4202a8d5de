// Owns the rules of receipt: whose a message is, for whom, and when it was written (XEP-0373 §3.2). It must not know how it was
// decrypted.

internal import TernCore
internal import TernXML

/// What is checked of a message that GnuPG has opened.
struct PGPReading {
    let account: BareJID
    let sender: BareJID
    /// To whom the stanza was addressed.
    let recipient: BareJID
    let room: BareJID?
    /// Keys that the sender may have signed with.
    let keys: [PGPKey]
    let now: Timestamp

    /// A clock may be wrong by so much: one that is right in another time zone is wrong by more.
    static let longestLead: Int64 = 30 * 60 * 1000

    /// A message of OX.
    /// - Throws: ``TernCore/SessionError/unauthentic`` unless there is exactly one signature, which is good, of a key that is the sender's;
    ///   ``TernCore/SessionError/untrusted``, ``TernCore/SessionError/notForThisDevice`` where it was meant for somebody else,
    ///   ``TernCore/SessionError/materialMissing`` where the signing key is not known.
    func check(
        _ plaintext: [UInt8], _ reading: MessageReading, as kinds: Set<ContentElement.Kind>
    ) throws(SessionError) -> (Plaintext, [Event]) {
        guard reading.signatures.count == 1, let signature = reading.signatures.first else { throw .unauthentic }
        switch signature.verdict {
        case .good: break
        case .keyMissing: throw .materialMissing
        case .bad, .expired, .keyExpired, .keyRevoked, .unchecked, .weak: throw .unauthentic
        }
        guard let key = keys.first(where: { $0.fingerprint == signature.primary }) else { throw .unauthentic }
        guard key.namesOwner, !key.isRevoked else { throw .unauthentic }
        guard key.trust == .firstUse || key.trust == .verified else { throw .untrusted }
        let content = try ContentElement(plaintext)
        guard kinds.contains(content.kind) else { throw .unsupported }
        // a message that was signed for somebody else was passed on by them
        guard content.recipients.contains(recipient) || room.map(content.recipients.contains) ?? false,
            recipient == account || sender == account || room != nil
        else { throw .notForThisDevice }
        guard content.time.milliseconds - now.milliseconds <= PGPReading.longestLead, let made = signature.made,
            abs(content.time.milliseconds - made.milliseconds) <= PGPReading.longestLead
        else { throw .unauthentic }
        let author = Plaintext.Author(sender, key: key.fingerprint, trust: key.trust)
        let plaintext = Plaintext(.elements(content.payload), by: author, claimedTime: content.time)
        return (plaintext, content.deviations.map { .tolerated($0) })
    }
}
