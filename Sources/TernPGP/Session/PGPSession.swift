// Owns OpenPGP for XMPP with one person or in a room, as a session. It must not know how gpg is called, nor where keys are kept.

public import TernCore
internal import TernCrypto
internal import TernXML

/// Messages of OpenPGP for XMPP (XEP-0373, XEP-0374) or of legacy OpenPGP (XEP-0027).
///
/// There is no state that a message changes, so each message is a job of its own with a gpgme context of its own, up to
/// ``outstandingLimit`` at once; their steps come in the order of the answers. Keys that are missing are asked for, and what was
/// learned of them is for the host to keep: ``takeLearned()``.
public final class PGPSession: Session {
    /// As many calls are out; then ``TernCore/SessionError/busy``.
    public static let outstandingLimit = 64
    /// A plaintext is at most this long: 1 MiB. A message of 250 kB can unpack to 200 MB.
    public static let lengthLimit = 1 << 20

    /// Who a conversation is with.
    public enum Partner: Hashable, Sendable {
        /// Somebody.
        case account(BareJID)
        /// A room, by the accounts of its members.
        case room(BareJID, members: [BareJID])
    }

    /// Something that was fetched and found good, for the host to keep with ``PGPShelf``.
    public enum Learned: Hashable, Sendable {
        /// The list of the keys that somebody announces.
        case list(PublicKeyList, of: BareJID)
        /// One of their keys.
        case key(ExaminedKey, of: BareJID)
    }

    /// OX, or legacy OpenPGP.
    public let scheme: Scheme
    /// Whether messages are read that nobody has authenticated, as those of XEP-0027 are.
    public var allowsUnauthenticated = false
    /// How messages are protected that are read. The profile for messages has one way and no choice (XEP-0374 §3.1).
    public var kinds: Set<ContentElement.Kind> = [.signcrypt]

    let account: BareJID
    let partner: Partner
    let identity: PGPIdentity
    let workshop: PGPWorkshop
    var known: [BareJID: PGPCorrespondent]
    private var roll = Ticket.Roll()
    var errands: [PGPErrand] = []
    private var learned: [Learned] = []

    /// A conversation of `account`.
    /// - Parameters:
    ///   - known: What is known of the recipients and of the account's own other keys.
    ///   - scheme: ``TernCore/Scheme/ox`` or ``TernCore/Scheme/pgp``.
    /// - Throws: ``TernCore/SessionError/misuse`` for another scheme.
    public init(
        account: BareJID, with partner: Partner, as scheme: Scheme = .ox, identity: PGPIdentity,
        knowing known: [BareJID: PGPCorrespondent], in workshop: PGPWorkshop
    ) throws(SessionError) {
        guard scheme == .ox || scheme == .pgp else { throw .misuse }
        (self.account, self.partner, self.scheme) = (account, partner, scheme)
        (self.identity, self.known, self.workshop) = (identity, known, workshop)
    }

    /// Always established: there is nothing to agree on.
    public var phase: Phase { .established }

    /// Gives what was learned since the last call.
    public func takeLearned() -> [Learned] {
        defer { learned = [] }
        return learned
    }

    /// Encrypts to all keys that the recipients announce.
    /// - Throws: ``TernCore/SessionError/unsupported`` for elements in legacy OpenPGP, which has texts alone;
    ///   ``TernCore/SessionError/misuse`` for a room without members, ``TernCore/SessionError/busy``.
    public func encrypt(_ content: Content, at now: Timestamp) throws(SessionError) -> Step {
        guard errands.count < PGPSession.outstandingLimit else { throw .busy }
        let recipients: [BareJID]
        switch partner {
        case .account(let jid): recipients = [jid]
        case .room(_, let members):
            guard !members.isEmpty, scheme == .ox else { throw members.isEmpty ? .misuse : .unsupported }
            recipients = members
        }
        var entropy = SystemEntropy()
        let bytes: [UInt8]
        switch (scheme, content) {
        case (.ox, .text(let text)):
            let body = Element("body", namespace: "jabber:client", text: text)
            bytes = try ContentElement(.signcrypt, to: recipients, at: now, [body]).bytes(padding: &entropy)
        case (.ox, .elements(let payload)):
            bytes = try ContentElement(.signcrypt, to: recipients, at: now, payload).bytes(padding: &entropy)
        case (_, .text(let text)): bytes = Array(text.utf8)
        case (_, .elements): throw .unsupported
        }
        let errand = PGPErrand(ticket: roll.next(), .gathering(.init(.sealing(bytes, recipients), at: now)))
        errands.append(errand)
        return advance(errand)
    }

    /// Decrypts and checks a message.
    /// - Throws: ``TernCore/SessionError/misuse`` for another conversation's message, ``TernCore/SessionError/malformed``,
    ///   ``TernCore/SessionError/unauthentic`` for one that nobody can have authenticated, unless that is allowed;
    ///   ``TernCore/SessionError/untrusted`` where all of the sender's keys are refused, ``TernCore/SessionError/busy``.
    public func decrypt(_ incoming: Incoming, at now: Timestamp) throws(SessionError) -> Step {
        guard errands.count < PGPSession.outstandingLimit else { throw .busy }
        guard isMine(incoming), case .element(let element) = incoming.payload else { throw .misuse }
        let bytes = scheme == .ox ? try OXMessage.bytes(in: element) : try LegacyMessage.bytes(in: element)
        guard let bytes else { throw .malformed }
        guard scheme == .ox || allowsUnauthenticated else { throw .unauthentic }
        let keys = known[incoming.sender.bare]?.peer.keys ?? []
        guard scheme == .pgp || keys.isEmpty || !keys.allSatisfy({ $0.trust == .distrusted }) else { throw .untrusted }
        let errand = PGPErrand(ticket: roll.next(), .gathering(.init(.opening(bytes, incoming), at: now)))
        errands.append(errand)
        return advance(errand)
    }

    private func isMine(_ incoming: Incoming) -> Bool {
        let (sender, recipient) = (incoming.sender.bare, incoming.recipient.bare)
        switch partner {
        case .account(let peer):
            guard incoming.room == nil else { return false }
            // a copy of what another of the account's programs has sent
            return (sender == peer && recipient == account) || (sender == account && recipient == peer)
        case .room(let room, _): return incoming.room == room
        }
    }

    /// Takes what was fetched and computed.
    /// - Throws: ``TernCore/SessionError/unexpectedAnswer``.
    public func supply(_ answers: [Answer], at now: Timestamp) throws(SessionError) -> [Step] {
        var taken: [(PGPErrand, Answer)] = []
        for answer in answers {
            guard let errand = errands.first(where: { $0.awaits(answer) }),
                !taken.contains(where: { $0.0 === errand && $0.1.isSame(as: answer) })
            else { throw .unexpectedAnswer }
            taken.append((errand, answer))
        }
        var steps: [Step] = []
        for (errand, answer) in taken {
            if let step = take(answer, errand) { steps.append(step) }
        }
        return steps
    }

    func note(_ learned: Learned) { self.learned.append(learned) }

    func finish(_ errand: PGPErrand) { errands.removeAll { $0 === errand } }
}
