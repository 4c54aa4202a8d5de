// Owns the second half of receiving: authenticating a planned message, and committing it.

public import TernCrypto

/// An authenticated message, and what it will have done to the session once it is committed. Dropping it changes nothing.
public struct Opened: ~Copyable {
    /// The decrypted text.
    public let plaintext: SecretBytes
    /// The message's number in its chain.
    public let index: UInt32
    let plan: Plan
    let state: UInt64

    /// The text alone, after the rest has been committed or dropped.
    public consuming func takePlaintext() -> SecretBytes { plaintext }
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
                ciphertext, authenticated: authenticated, tag: tag, parties: parties, suite: suite,
                withChainKey: plan?.movesChain ?? false)
        }
        guard let plan = plan.take(), let plaintext = plaintext.take() else { throw .unauthentic }
        return Opened(plaintext: plaintext, index: header.index, plan: plan, state: state)
    }

    /// Makes an opened message part of the session. The new state has to be stored before the plaintext is shown.
    /// - Parameter opened: What ``open(_:ciphertext:tag:authenticated:)`` gave, with nothing committed in between.
    /// - Returns: What has to be stored.
    public mutating func commit(_ opened: consuming Opened) -> CommittedMessage {
        precondition(opened.state == state, "the session has moved on since the message was opened, or is another")
        state &+= 1
        let index = opened.index
        var text = opened.plaintext
        let plan = opened.plan
        switch consume plan {
        case .skipped(let place):
            let range = skipped.take(index, at: place)
            return CommittedMessage(plaintext: text, changes: RatchetChanges(cold: false, used: range))
        case .spare(let place):
            retired.wipeSpare(at: place)
            generation &+= 1
            return CommittedMessage(plaintext: text, changes: RatchetChanges(cold: true))
        case .due:
            receiving?.moveOn(to: index + 1, with: &text)
            return CommittedMessage(
                plaintext: text, changes: RatchetChanges(cold: false), moved: index..<index + 1)
        case .ahead(let run, let forgottenBelow):
            let start = receiving?.next ?? 0
            receiving?.moveOn(to: index + 1, with: &text)
            receiving?.forgottenBelow = forgottenBelow
            return CommittedMessage(
                plaintext: text, changes: keep(run, nil, cold: false), moved: start..<index + 1)
        case .turned(let turned):
            return CommittedMessage(plaintext: text, changes: commit(turned), moved: 0..<index + 1)
        }
    }

    private mutating func commit(_ turned: TurnedRatchet) -> RatchetChanges {
        let parts = turned.take()
        var taken = Turn.owed
        swap(&taken, &turn)
        switch consume taken {
        case .sending(let chain): previousLength = chain.next
        // who has ended sending does not begin again
        case .listening: turn = .silent
        case .silent: turn = .silent
        case .awaiting: break
        case .owed: break
        }
        var endedRun: SkippedRun?
        if let ended = parts.ended {
            endedRun = ended.run
            retired.add(ended.chain, spare: ended.spare)
        }
        root = parts.root
        receiving = consume parts.chain
        remote = turned.ratchetKey
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
        let evicted = skipped.evict()
        var changesCold = cold
        for range in evicted where forget(range) { changesCold = true }
        if changesCold { generation &+= 1 }
        return RatchetChanges(cold: changesCold, added: added, evicted: evicted)
    }

    /// Remembers that the keys of a range may be gone without having been used.
    /// - Returns: Whether the cold record has changed.
    private mutating func forget(_ range: SkippedRange) -> Bool {
        guard range.ratchetKey == remote, let below = receiving?.forgottenBelow else {
            return retired.forget(range.ratchetKey, below: range.indices.upperBound)
        }
        receiving?.forgottenBelow = max(below, range.indices.upperBound)
        return false
    }
}

/// A message that has become part of the session, and what has to be stored before it is shown.
public struct CommittedMessage: ~Copyable {
    /// The decrypted text.
    public let plaintext: SecretBytes
    /// What committing changed.
    public let changes: RatchetChanges
    /// The numbers that the other side's present chain has moved over; none for a message whose key was kept. Each number
    /// of a chain is in one such range.
    public let moved: Range<UInt32>?

    init(plaintext: consuming SecretBytes, changes: RatchetChanges, moved: Range<UInt32>? = nil) {
        self.plaintext = plaintext
        self.changes = changes
        self.moved = moved
    }

    /// The text alone.
    public consuming func takePlaintext() -> SecretBytes { plaintext }
}
