// Owns OpenPGP for XMPP with one person as a session. It must not know how gpg is called.

public import TernCore
internal import TernCrypto
internal import TernXML

/// Messages of OpenPGP for XMPP (XEP-0373, XEP-0374) with one account.
///
/// There is no state that a message changes, so each message is a job of its own with a gpgme context of its own, up to
/// ``outstandingLimit`` at once; their steps come in the order of the answers.
public final class PGPSession: Session {
    /// As many jobs are out; then ``TernCore/SessionError/busy``.
    public static let outstandingLimit = 64
    /// A plaintext is at most this long: 1 MiB. A message of 250 kB can unpack to 200 MB.
    public static let lengthLimit = 1 << 20

    private let account: BareJID
    private let peer: BareJID
    private let peerKey: (primary: Fingerprint, trust: Trust)
    private let home: GnuPGHome
    private var roll = Ticket.Roll()
    private var outstanding: [Errand] = []

    private typealias Opening = Assignment<[UInt8], Result<Plaintext, SessionError>>

    private struct Errand {
        let ticket: Ticket
        let assignment: Opening
    }

    /// Messages between `account`, whose keys are in `home`, and `peer`, whose primary key is `peerKey`.
    public init(
        account: BareJID, peer: BareJID, peerKey: Fingerprint, trust: Trust, home: GnuPGHome
    ) {
        self.account = account
        self.peer = peer
        self.peerKey = (peerKey, trust)
        self.home = home
    }

    /// OX.
    public var scheme: Scheme { .ox }
    /// Always established: there is nothing to agree on.
    public var phase: Phase { .established }

    /// Not there yet.
    public func encrypt(_ content: Content, at now: Timestamp) throws(SessionError) -> Step {
        throw .unsupported
    }

    /// Hands the decryption of an `<openpgp/>` out as work.
    /// - Throws: ``TernCore/SessionError/misuse`` for another conversation's message, ``TernCore/SessionError/malformed``,
    ///   ``TernCore/SessionError/untrusted`` where the other end's key is refused, ``TernCore/SessionError/busy``.
    public func decrypt(_ incoming: Incoming, at now: Timestamp) throws(SessionError) -> Step {
        guard incoming.sender.bare == peer, incoming.recipient.bare == account, incoming.room == nil,
            case .element(let element) = incoming.payload
        else { throw .misuse }
        guard element.matches("openpgp", SigncryptElement.namespace), element.elements.isEmpty,
            let message = try? Base64.decode(element.text, tolerating: .whiteSpace), !message.isEmpty
        else { throw .malformed }
        guard peerKey.trust != .distrusted else { throw .untrusted }
        guard outstanding.count < PGPSession.outstandingLimit else { throw .busy }

        let (home, account, peer, peerKey) = (home, account, peer, peerKey)
        let assignment = Opening(handing: message) { message in
            Result { () throws(SessionError) in
                let opened = try GPGContext(home).open(message, limit: PGPSession.lengthLimit)
                guard opened.signature.primary == peerKey.primary else { throw .unauthentic }
                let signcrypt = try SigncryptElement(opened.plaintext)
                // XEP-0373 §3.1: a message that was signed for somebody else was passed on by him.
                guard signcrypt.recipients.contains(account) else { throw .notForThisDevice }
                let author = Plaintext.Author(peer, key: peerKey.primary, trust: peerKey.trust)
                return Plaintext(.elements(signcrypt.payload), by: author, claimedTime: signcrypt.time)
            }
        }
        let errand = Errand(ticket: roll.next(), assignment: assignment)
        outstanding.append(errand)
        return Step(errand.ticket, isWaiting: true, needs: [.work(assignment.job(.decryption))])
    }

    /// Takes finished jobs.
    /// - Throws: ``TernCore/SessionError/unexpectedAnswer``.
    public func supply(_ answers: [Answer], at now: Timestamp) throws(SessionError) -> [Step] {
        var places: [Int] = []
        for answer in answers {
            guard case .worked(let receipt) = answer,
                let place = outstanding.firstIndex(where: { $0.assignment.matches(receipt) }), !places.contains(place),
                outstanding[place].assignment.isFinished
            else { throw .unexpectedAnswer }
            places.append(place)
        }
        let steps = places.map { conclude(outstanding[$0]) }
        for place in places.sorted(by: >) { outstanding.remove(at: place) }
        return steps
    }

    private func conclude(_ errand: Errand) -> Step {
        guard case .done(let outcome)? = errand.assignment.take() else {
            return Step(errand.ticket, failure: .abandoned)
        }
        switch outcome {
        case .success(let plaintext): return Step(errand.ticket, plaintext: plaintext)
        case .failure(let error): return Step(errand.ticket, failure: error)
        }
    }
}
