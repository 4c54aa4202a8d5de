// Owns a conversation of two devices in OMEMO 0.3 behind `Session`. It must not know ratchets' insides, stores or networks.

public import TernCore
internal import TernCrypto
public import TernRatchet
internal import TernWire
internal import TernXML

/// One device's session with one other, held in memory.
///
/// It is what a ratchet needs to be a ``TernCore/Session``, and not yet OMEMO: one device a side, one session with it, no
/// device lists, bundles, trust or store, and OMEMO 0.3 only. Key agreement, four Diffie-Hellmans and more, is handed out as
/// work; calls that come meanwhile are queued.
public final class RatchetSession: Session {
    /// Calls that wait for a key agreement at most; then ``TernCore/SessionError/busy``.
    public static let queueLimit = 256

    private typealias Agreement = Assignment<Task, Swift.Result<Agreed, RatchetError>>

    /// A key agreement to be computed, and whose keys it takes.
    private enum Task: Sendable {
        case initiate(DeviceKeys, SignedPreKey, PreKey)
        case respond(DeviceKeys, KeyExchange)
    }

    /// What a key agreement gives.
    private struct Agreed: ~Copyable, Sendable {
        let exchange: KeyExchange
        let ratchet: DoubleRatchet

        consuming func takeRatchet() -> DoubleRatchet { ratchet }
    }

    /// A call that waits.
    private enum Call {
        case encrypt(String)
        case decrypt(EncryptedBody)
    }

    private let keys: DeviceKeys
    private let own: DeviceAddress
    private let peer: DeviceAddress
    private let peerPreKeys: (signed: SignedPreKey, oneTime: PreKey)?
    private var ratchet: DoubleRatchet?
    /// Sent along until the other side has answered.
    private var exchange: KeyExchange?
    private var agreement: Agreement?
    private var waiting: [(ticket: Ticket, call: Call)] = []
    private var roll = Ticket.Roll()
    private var fresh = FreshKeyPairs()

    /// A session of `own`, whose keys are `keys`, with `peer`. Without the peer's prekeys it can only answer.
    public init(
        _ keys: DeviceKeys, own: DeviceAddress, peer: DeviceAddress,
        peerPreKeys: (signed: SignedPreKey, oneTime: PreKey)?
    ) {
        self.keys = keys
        self.own = own
        self.peer = peer
        self.peerPreKeys = peerPreKeys
    }

    /// OMEMO 0.3.
    public var scheme: Scheme { .omemo03 }

    /// Established from the first key agreement on.
    public var phase: Phase {
        if agreement != nil { return .negotiating }
        return ratchet == nil ? .fresh : .established
    }

    /// The ratchet's state, for tests that compare it.
    package var inspection: RatchetInspection? { ratchet?.inspect() }

    /// Encrypts a text for the other device, after a key agreement where there is no session.
    /// - Throws: ``TernCore/SessionError/unsupported`` for what is no text, ``TernCore/SessionError/noSession`` without
    ///   prekeys to begin with, ``TernCore/SessionError/busy``.
    public func encrypt(_ content: Content, at now: Timestamp) throws(SessionError) -> Step {
        guard let text = content.onlyText else { throw .unsupported }
        if agreement != nil { return try enqueue(.encrypt(text)) }
        guard ratchet == nil else {
            let outbound = try seal(text)
            return Step(roll.next(), outbound: [outbound])
        }
        return try agree(for: .encrypt(text), as: nil)
    }

    /// Decrypts a message of the other device.
    /// - Throws: ``TernCore/SessionError/misuse`` for another conversation's message, and what the ratchet refuses: nothing
    ///   has changed.
    public func decrypt(_ incoming: Incoming, at now: Timestamp) throws(SessionError) -> Step {
        guard incoming.sender.bare == peer.jid, incoming.recipient.bare == own.jid, incoming.room == nil,
            case .element(let element) = incoming.payload
        else { throw .misuse }
        let message = try EncryptedBody(element, for: own.device)
        guard message.sender == peer.device else { throw .misuse }
        if agreement != nil { return try enqueue(.decrypt(message)) }
        guard ratchet == nil else {
            let plaintext = try open(message)
            return Step(roll.next(), plaintext: plaintext)
        }
        return try agree(for: .decrypt(message), as: nil)
    }

    /// Takes a key agreement and carries out what waited for it.
    /// - Throws: ``TernCore/SessionError/unexpectedAnswer``.
    public func supply(_ answers: [Answer], at now: Timestamp) throws(SessionError) -> [Step] {
        guard answers.count == 1, case .worked(let receipt)? = answers.first, let agreement,
            agreement.matches(receipt), let result = agreement.take()
        else { throw .unexpectedAnswer }
        self.agreement = nil
        let calls = waiting
        waiting = []
        switch consume result {
        case .abandoned: return calls.map { Step($0.ticket, failure: .abandoned) }
        case .done(let outcome): return conclude(outcome, calls)
        }
    }
}

// MARK: - Agreeing

extension RatchetSession {
    /// Hands out the key agreement that a call needs.
    private func agree(for call: Call, as old: Ticket?) throws(SessionError) -> Step {
        let task = try task(for: call)
        let assignment = Agreement(handing: task) { task in
            do throws(RatchetError) {
                return .success(try RatchetSession.agree(task))
            } catch {
                return .failure(error)
            }
        }
        agreement = assignment
        let ticket = old ?? roll.next()
        waiting = [(ticket, call)]
        return Step(ticket, isWaiting: true, needs: [.work(assignment.job(.keyAgreement))])
    }

    private func task(for call: Call) throws(SessionError) -> Task {
        switch call {
        case .encrypt:
            guard let peerPreKeys else { throw .noSession }
            return .initiate(keys, peerPreKeys.signed, peerPreKeys.oneTime)
        case .decrypt(let message):
            let exchange = try ReceivedExchange(message.key).exchange
            guard exchange.signedPreKeyID == keys.signedPreKey.id, exchange.preKeyID == keys.preKey.id
            else { throw .materialMissing }
            return .respond(keys, exchange)
        }
    }

    private static func agree(_ task: Task) throws(RatchetError) -> Agreed {
        switch task {
        case .initiate(let keys, let signedPreKey, let preKey):
            var fresh = FreshKeyPairs()
            let started = try X3DH.initiate(
                from: keys.identity, to: signedPreKey, preKey, suite: .omemo03, keys: &fresh)
            let exchange = started.exchange
            return Agreed(exchange: exchange, ratchet: started.takeRatchet())
        case .respond(let keys, let exchange):
            let ratchet = try X3DH.respond(
                to: exchange, identity: keys.identity, signedPreKey: keys.signedPreKey.pair,
                preKey: keys.preKey.pair, suite: .omemo03)
            return Agreed(exchange: exchange, ratchet: ratchet)
        }
    }

    private func enqueue(_ call: Call) throws(SessionError) -> Step {
        guard waiting.count < RatchetSession.queueLimit else { throw .busy }
        let ticket = roll.next()
        waiting.append((ticket, call))
        return Step(ticket, isWaiting: true)
    }

    /// A session that was answered exists only once it has opened a message: a forged exchange leaves nothing behind, and
    /// what had to wait for it goes its own way.
    private func conclude(
        _ outcome: consuming Swift.Result<Agreed, RatchetError>, _ calls: [(ticket: Ticket, call: Call)]
    ) -> [Step] {
        guard let first = calls.first else { return [] }
        let step: Step
        switch consume outcome {
        case .failure(let error): step = Step(first.ticket, failure: SessionError(error))
        case .success(let agreed):
            if case .encrypt = first.call { exchange = agreed.exchange }
            ratchet = agreed.takeRatchet()
            step = carryOut(first.call, first.ticket)
            if exchange == nil, ratchet?.hasReceived == false { ratchet = nil }
        }
        return [step] + calls.dropFirst().compactMap { resume($0.call, $0.ticket) }
    }

    /// - Returns: Nothing where the call waits as before, for a key agreement that one before it needs.
    private func resume(_ call: Call, _ ticket: Ticket) -> Step? {
        guard agreement == nil else {
            waiting.append((ticket, call))
            return nil
        }
        guard ratchet == nil else { return carryOut(call, ticket) }
        do throws(SessionError) {
            return try agree(for: call, as: ticket)
        } catch {
            return Step(ticket, failure: error)
        }
    }

    private func carryOut(_ call: Call, _ ticket: Ticket) -> Step {
        do throws(SessionError) {
            switch call {
            case .encrypt(let text): return Step(ticket, outbound: [try seal(text)])
            case .decrypt(let message): return Step(ticket, plaintext: try open(message))
            }
        } catch {
            return Step(ticket, failure: error)
        }
    }
}

// MARK: - Messages

extension RatchetSession {
    private func seal(_ text: String) throws(SessionError) -> Outbound {
        do throws(RatchetError) {
            var entropy = SystemEntropy()
            let sealed = try BodyPayload.seal(text, entropy: &entropy)
            let key = EncryptedBody.Key(bytes: try sealKey(sealed.keyMaterial), isKeyExchange: exchange != nil)
            let message = EncryptedBody(sender: own.device, key: key, payload: sealed.payload)
            return Outbound(to: .chat(JID(peer.jid)), .element(message.element(for: peer.device)))
        } catch {
            throw SessionError(error)
        }
    }

    /// The key material through the ratchet, in a key exchange until the other side has answered.
    private func sealKey(_ material: borrowing SecretBytes) throws(RatchetError) -> [UInt8] {
        guard var live = ratchet.take() else { throw .tooEarly }
        var bytes: [UInt8] = []
        var failure: RatchetError?
        do throws(RatchetError) {
            _ = try Version.v03.seal(material.span, with: &live, keys: &fresh) { message in
                bytes = message.indices.map { message[$0] }
            }
        } catch {
            failure = error
        }
        ratchet = consume live
        if let failure { throw failure }
        guard let exchange else { return bytes }
        return try ReceivedExchange.encode(exchange, around: bytes)
    }

    /// Nothing is committed before the payload's own tag has fitted.
    private func open(_ message: EncryptedBody) throws(SessionError) -> Plaintext {
        let bytes = message.key.isKeyExchange ? try ReceivedExchange(message.key).message : message.key.bytes
        guard var live = ratchet.take() else { throw .noSession }
        var text: String?
        var failure: RatchetError?
        do throws(RatchetError) {
            let opened = try Version.v03.open(bytes.span, with: live)
            text = try message.payload.body(opened.plaintext)
            _ = live.commit(opened)
        } catch {
            failure = error
        }
        let identity = live.parties.remote
        ratchet = consume live
        if let failure { throw SessionError(failure) }
        guard let text else { throw .malformed }
        exchange = nil
        let author = Plaintext.Author(peer.jid, key: try? Fingerprint(Array(identity.dropFirst())), trust: .undecided)
        return Plaintext(.text(text), by: author)
    }
}

extension BodyPayload {
    /// The body, with the payload's failures in the ratchet's terms.
    fileprivate func body(_ keyMaterial: borrowing SecretBytes) throws(RatchetError) -> String {
        do {
            return try open(with: keyMaterial)
        } catch .unauthentic {
            throw .unauthentic
        } catch {
            throw .malformed
        }
    }

    fileprivate static func seal(
        _ body: String, entropy: inout SystemEntropy
    ) throws(RatchetError) -> Sealed {
        do throws(SessionError) {
            return try sealed(body, entropy: &entropy)
        } catch {
            throw .malformed
        }
    }
}

extension Content {
    /// The text, where nothing else is said: a body alone is what OMEMO 0.3 can carry.
    fileprivate var onlyText: String? {
        switch self {
        case .text(let text): text
        case .elements(let elements): elements.count == 1 ? text : nil
        }
    }
}
