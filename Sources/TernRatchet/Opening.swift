// Owns the receiving half: planning on the side, and committing what has been authenticated.

public import TernCrypto

/// An authenticated message, and what it will have done to the session once it is committed. Dropping it changes nothing.
public struct Opened: ~Copyable {
    /// The decrypted text.
    public let plaintext: SecretBytes
    /// The message's number in its chain.
    public let index: UInt32
    fileprivate let plan: Plan
    fileprivate let commits: Int

    /// The text alone, after the rest has been committed or dropped.
    public consuming func takePlaintext() -> SecretBytes { plaintext }
}

/// Where a message's key was found, and what follows from it.
private enum Plan: ~Copyable {
    /// Among the skipped keys.
    case skipped(SkippedRun)
    /// At the end of a retired chain.
    case spare(place: Int)
    /// In the current chain, which moves on.
    case inChain(ReceivingChain, SkippedRun?)
    /// In a chain that this message begins.
    case turned(TurnedRatchet)
}

/// A turn of the ratchet that has not been committed. A class, so that the many messages that turn nothing do not carry
/// room for it.
private final class TurnedRatchet {
    let ratchetKey: X25519PublicKey
    let run: SkippedRun?
    private var parts: Parts?

    /// What the session takes over.
    struct Parts: ~Copyable {
        let root: RootKey
        let chain: ReceivingChain
        let ended: EndedChain?
    }

    init(_ ratchetKey: X25519PublicKey, run: SkippedRun?, _ parts: consuming Parts) {
        self.ratchetKey = ratchetKey
        self.run = run
        self.parts = consume parts
    }

    func take() -> Parts {
        guard let parts = parts.take() else { preconditionFailure("a turn is committed once") }
        return parts
    }
}

/// The chain that a turn ends.
private struct EndedChain: ~Copyable {
    let chain: RetiredChain
    let run: SkippedRun?
    let spare: Secret<32>?
}

extension DoubleRatchet {
    /// RatchetReceiveKey (§3.5, §7.2): authenticates and decrypts a message. The session stays as it is.
    /// - Parameters:
    ///   - authenticated: The bytes that the tag covers after the associated data, exactly as received.
    /// - Throws: ``RatchetError/unauthentic``, ``RatchetError/duplicate``, ``RatchetError/forgotten``,
    ///   ``RatchetError/tooFarAhead(_:)``, ``RatchetError/malformed`` or ``RatchetError/invalidKey``.
    public func open(
        _ header: MessageHeader, ciphertext: Span<UInt8>, tag: Span<UInt8>, authenticated: Span<UInt8>
    ) throws(RatchetError) -> Opened {
        guard tag.count == suite.tagLength, ciphertext.count > 0, ciphertext.count <= Limits.ciphertextLength,
            ciphertext.count % AESCBC.blockLength == 0
        else { throw .malformed }
        var plan: Plan?
        var plaintext: SecretBytes?
        try MessageCipher.with { cipher throws(RatchetError) in
            plan = try self.plan(header, &cipher)
            plaintext = try cipher.open(
                ciphertext, authenticated: authenticated, tag: tag, parties: parties, suite: suite)
        }
        guard let plan = plan.take(), let plaintext = plaintext.take() else { throw .unauthentic }
        return Opened(plaintext: plaintext, index: header.index, plan: plan, commits: commits)
    }

    /// Makes an opened message part of the session. The new state has to be stored before the plaintext is shown.
    /// - Parameter opened: What ``open(_:ciphertext:tag:authenticated:)`` gave, with nothing committed in between.
    /// - Returns: What has to be stored.
    public mutating func commit(_ opened: consuming Opened) -> CommittedMessage {
        precondition(opened.commits == commits, "the session has moved on since the message was opened")
        commits += 1
        let index = opened.index
        let text = opened.plaintext
        let plan = opened.plan
        switch consume plan {
        case .skipped(let run):
            skipped.take(index, from: run)
            let range = SkippedRange(run.ratchetKey, index..<index + 1)
            return CommittedMessage(plaintext: text, changes: RatchetChanges(cold: false, removed: [range]))
        case .spare(let place):
            retired.wipeSpare(at: place)
            return CommittedMessage(plaintext: text, changes: RatchetChanges(cold: true))
        case .inChain(let chain, let run):
            receiving = consume chain
            return CommittedMessage(plaintext: text, changes: keep(run, nil, cold: false))
        case .turned(let turned):
            return CommittedMessage(plaintext: text, changes: commit(turned))
        }
    }

    private mutating func commit(_ turned: TurnedRatchet) -> RatchetChanges {
        let parts = turned.take()
        var taken = Turn.owed
        swap(&taken, &turn)
        if case .sending(let chain) = taken { previousLength = chain.next }
        var endedRun: SkippedRun?
        if let ended = parts.ended {
            endedRun = ended.run
            retired.add(ended.chain, spare: ended.spare)
        }
        root = parts.root
        receiving = consume parts.chain
        remote = turned.ratchetKey
        turns += 1
        return keep(endedRun, turned.run, cold: true)
    }

    /// Adds newly skipped keys, the older run first, and gives up what is too much.
    private mutating func keep(_ first: SkippedRun?, _ second: SkippedRun?, cold: Bool) -> RatchetChanges {
        var added: [SkippedRange] = []
        if let first {
            skipped.add(first)
            added.append(SkippedRange(first.ratchetKey, first.indices))
        }
        if let second {
            skipped.add(second)
            added.append(SkippedRange(second.ratchetKey, second.indices))
        }
        let removed = skipped.evict()
        for range in removed { forget(range) }
        return RatchetChanges(cold: cold, added: added, removed: removed)
    }

    /// Remembers that the keys of a range may be gone without having been used.
    private mutating func forget(_ range: SkippedRange) {
        if range.ratchetKey == remote, let below = receiving?.forgottenBelow {
            receiving?.forgottenBelow = max(below, range.indices.upperBound)
        } else {
            retired.forget(range.ratchetKey, below: range.indices.upperBound)
        }
    }
}

// MARK: - Planning

extension DoubleRatchet {
    @_lifetime(cipher: copy cipher)
    private func plan(_ header: MessageHeader, _ cipher: inout MessageCipher) throws(RatchetError) -> Plan {
        if header.ratchetKey == remote, receiving != nil { return try planInChain(header, &cipher) }
        if let place = retired.place(of: header.ratchetKey) { return try planRetired(header, at: place, &cipher) }
        return try planTurn(header, &cipher)
    }

    @_lifetime(cipher: copy cipher)
    private func planInChain(_ header: MessageHeader, _ cipher: inout MessageCipher) throws(RatchetError) -> Plan {
        let (next, forgottenBelow) = receivingPlace
        guard header.index >= next else { return try planSkipped(header, forgottenBelow: forgottenBelow, &cipher) }
        let distance = header.index - next
        guard distance <= Limits.stepsPerMessage, header.index < .max else { throw .tooFarAhead(distance) }
        guard var chain = receiving?.duplicate() else { throw .unauthentic }
        let run = chain.skip(to: header.index, of: header.ratchetKey)
        chain.take(&cipher)
        return .inChain(chain, run)
    }

    /// The number that is due in the current chain, and the one below which keys may be gone.
    private var receivingPlace: (next: UInt32, forgottenBelow: UInt32) {
        switch receiving {
        case .none: (0, 0)
        case .some(let chain): (chain.next, chain.forgottenBelow)
        }
    }

    @_lifetime(cipher: copy cipher)
    private func planRetired(
        _ header: MessageHeader, at place: Int, _ cipher: inout MessageCipher
    ) throws(RatchetError) -> Plan {
        let chain = retired.chains[place]
        guard header.index < chain.length else { throw .unauthentic }
        if header.index == chain.length - 1, let spare = retired.spare(at: place) {
            cipher.load(spare.span)
            return .spare(place: place)
        }
        return try planSkipped(header, forgottenBelow: chain.forgottenBelow, &cipher)
    }

    @_lifetime(cipher: copy cipher)
    private func planSkipped(
        _ header: MessageHeader, forgottenBelow: UInt32, _ cipher: inout MessageCipher
    ) throws(RatchetError) -> Plan {
        if let run = skipped.run(header.ratchetKey, header.index) {
            run.load(header.index, &cipher)
            return .skipped(run)
        }
        throw header.index < forgottenBelow ? .forgotten : .duplicate
    }

    /// DHRatchet (§3.5), receiving half. The sending half is left until there is an answer; see ``Turn``.
    @_lifetime(cipher: copy cipher)
    private func planTurn(_ header: MessageHeader, _ cipher: inout MessageCipher) throws(RatchetError) -> Plan {
        // A chain that has left the retired ones may still have keys.
        if let run = skipped.run(header.ratchetKey, header.index) {
            run.load(header.index, &cipher)
            return .skipped(run)
        }
        guard header.index <= Limits.stepsPerMessage else { throw .tooFarAhead(header.index) }
        let step: RootKey.Step
        switch turn {
        case .awaiting(let own):
            step = try root.step(own: own.privateKey, remote: header.ratchetKey, suite: suite)
        case .sending(let chain):
            step = try root.step(own: chain.own.privateKey, remote: header.ratchetKey, suite: suite)
        case .owed:
            // Nobody can turn to a key that this side has not made yet.
            throw .unauthentic
        }
        let ended = planEnd(header, budget: Limits.stepsPerMessage - header.index)
        var chain = ReceivingChain(key: step.chain)
        let run = chain.skip(to: header.index, of: header.ratchetKey)
        chain.take(&cipher)
        let parts = TurnedRatchet.Parts(root: step.root, chain: chain, ended: ended)
        return .turned(TurnedRatchet(header.ratchetKey, run: run, parts))
    }

    /// Keeps what is missing of the current chain, up to the length that the header tells, within `budget` steps. What
    /// does not fit is given up: the session goes on.
    private func planEnd(_ header: MessageHeader, budget: UInt32) -> EndedChain? {
        guard let remote, var chain = receiving?.duplicate() else { return nil }
        let length = header.previousLength
        guard length >= chain.next, length < .max else {
            return EndedChain(
                chain: RetiredChain(remote, length: chain.next, forgottenBelow: chain.forgottenBelow), run: nil,
                spare: nil)
        }
        guard length - chain.next < budget else {
            return EndedChain(
                chain: RetiredChain(remote, length: length + 1, forgottenBelow: length + 1), run: nil, spare: nil)
        }
        let run = chain.skip(to: length, of: remote)
        let spare = Secret<32> { seed in chain.key.step(into: &seed) }
        return EndedChain(
            chain: RetiredChain(remote, length: length + 1, forgottenBelow: chain.forgottenBelow), run: run,
            spare: spare)
    }
}

/// A message that has become part of the session, and what has to be stored before it is shown.
public struct CommittedMessage: ~Copyable {
    /// The decrypted text.
    public let plaintext: SecretBytes
    /// What committing changed.
    public let changes: RatchetChanges

    /// The text alone.
    public consuming func takePlaintext() -> SecretBytes { plaintext }
}
