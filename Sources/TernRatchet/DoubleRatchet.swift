// Owns a session's state and what sending and receiving do to it. It must not know how messages travel or are stored.

public import TernCrypto

/// The Double Ratchet (revision 1), with the bounds and the memory that messengers need.
///
/// Receiving is planned on the side: ``open(_:ciphertext:tag:authenticated:)`` changes nothing, and only what it returns
/// can be committed. So a caller checks its own codes in between, and whoever fails has the state as it was.
public struct DoubleRatchet: ~Copyable, Sendable {
    // In an order that leaves little space between them: a client has thousands of sessions in memory.

    /// The version's parameters.
    public let suite: Suite
    /// The two ends.
    public let parties: Parties
    /// Times that the cold record has changed, modulo 2^32: ties the two records of a session together.
    var generation: UInt32
    var root: RootKey
    var turn: Turn
    /// The other side's latest ratchet key. A session that was answered here has none before its first message.
    var remote: X25519PublicKey?
    var receiving: ReceivingChain?
    /// Names the state that messages are opened on, and changes with every commit. It is not stored, and begins at random,
    /// so that no other session has it.
    var state: UInt64
    var retired: RetiredChains
    var skipped: SkippedKeys
    /// Messages in this side's previous chain.
    var previousLength: UInt32

    /// The side that starts: it owes the first message, under a fresh key agreed with the signed prekey.
    init(initiating root: consuming RootKey, with signedPreKey: X25519PublicKey, parties: Parties, suite: Suite) {
        self.init(
            suite: suite, parties: parties, root: root, turn: .owed, remote: signedPreKey, receiving: nil,
            previousLength: 0, generation: 0, retired: RetiredChains(), skipped: SkippedKeys())
    }

    /// The side that answers: its signed prekey is its first ratchet key.
    init(responding root: consuming RootKey, as signedPreKey: consuming X25519KeyPair, parties: Parties, suite: Suite) {
        self.init(
            suite: suite, parties: parties, root: root, turn: .awaiting(signedPreKey), remote: nil, receiving: nil,
            previousLength: 0, generation: 0, retired: RetiredChains(), skipped: SkippedKeys())
    }

    /// Every stored property, so that a new one cannot be forgotten where a record is read.
    init(
        suite: Suite, parties: Parties, root: consuming RootKey, turn: consuming Turn, remote: X25519PublicKey?,
        receiving: consuming ReceivingChain?, previousLength: UInt32, generation: UInt32,
        retired: consuming RetiredChains, skipped: SkippedKeys
    ) {
        self.suite = suite
        self.parties = parties
        self.root = root
        self.turn = turn
        self.remote = remote
        self.receiving = receiving
        self.previousLength = previousLength
        self.generation = generation
        self.retired = retired
        self.skipped = skipped
        state = .random(in: .min ... .max)
    }

    /// Whether a message has been received.
    public var hasReceived: Bool { receiving != nil }

    /// Whether a message can be sent: the side that answers cannot before it has received.
    public var canSend: Bool {
        switch turn {
        case .awaiting: false
        case .owed: true
        case .sending: true
        case .listening: false
        case .silent: false
        }
    }

    /// Messages sent since the other side's last turn of the ratchet.
    public var unanswered: UInt32 {
        switch turn {
        case .sending(let chain): chain.next
        default: 0
        }
    }

    /// Message keys that are kept for messages that have not arrived.
    public var skippedCount: Int { skipped.count }
}

// MARK: - Sending

extension DoubleRatchet {
    /// Ends sending for good; what comes can still be read. The key of the open chain is wiped, so that two copies of one
    /// state have no message key in common.
    public mutating func fallSilent() {
        var taken = Turn.silent
        swap(&taken, &turn)
        switch consume taken {
        case .sending(let chain): turn = .listening(chain.own)
        case .awaiting(let own): turn = .listening(own)
        case .listening(let own): turn = .listening(own)
        case .owed: turn = .silent
        case .silent: turn = .silent
        }
        generation &+= 1
    }

    /// Encrypts `plaintext` and frames it. The new state has to be stored before the message leaves.
    /// - Parameters:
    ///   - keys: Gives this side's next ratchet key, where one is due.
    ///   - use: Copies the message, which lives in memory that is wiped, to where it belongs.
    /// - Throws: ``RatchetError/malformed`` for a text that is too long, ``RatchetError/chainExhausted``,
    ///   ``RatchetError/tooEarly``, or ``RatchetError/invalidKey`` where a turn is due to a stored key of small order: the
    ///   state is as it was. After ``RatchetError/backend(code:)`` a message number is
    ///   spent and perhaps a turn made: the session has to be read from its records again.
    public mutating func seal<Frame: MessageFrame>(
        _ plaintext: Span<UInt8>, as frame: Frame.Type, keys: inout some KeyPairSource & ~Copyable,
        _ use: (Span<UInt8>) -> Void
    ) throws(RatchetError) -> Sent {
        guard plaintext.count <= Limits.plaintextLength else { throw .malformed }
        let opened = try openSendingChain(keys: &keys)
        let header = try seal(plaintext, as: frame, use)
        return Sent(header: header, changes: RatchetChanges(cold: opened))
    }

    /// As ``seal(_:as:keys:_:)`` on a chain that ``openSendingChain(keys:)`` has opened. Only the hot record changes.
    public mutating func seal<Frame: MessageFrame>(
        _ plaintext: Span<UInt8>, as frame: Frame.Type, _ use: (Span<UInt8>) -> Void
    ) throws(RatchetError) -> MessageHeader {
        guard plaintext.count <= Limits.plaintextLength else { throw .malformed }
        var chain = try takeSendingChain()
        let header = chain.header(previousLength: previousLength)
        var failure: RatchetError?
        MessageCipher.with { cipher in
            chain.step(&cipher)
            do throws(RatchetError) {
                use(try cipher.seal(plaintext, header: header, parties: parties, suite: suite, as: frame))
            } catch {
                failure = error
            }
        }
        turn = .sending(chain)
        if let failure { throw failure }
        return header
    }

    /// RatchetSendKey (§7.2): the header and the key of the next message, for a comparison with recorded ones.
    package mutating func next(keys: inout some KeyPairSource & ~Copyable) throws(RatchetError) -> Outgoing {
        _ = try openSendingChain(keys: &keys)
        var chain = try takeSendingChain()
        let header = chain.header(previousLength: previousLength)
        let key = MessageKey(
            MessageCipher.with { cipher in
                chain.step(&cipher)
                let key = cipher.messageKey()
                return Secret<32> { bytes in for index in 0..<32 { bytes[index] = key[index] } }
            })
        turn = .sending(chain)
        return Outgoing(header: header, key: key)
    }

    /// A header and its key.
    package struct Outgoing: ~Copyable {
        /// The header.
        package let header: MessageHeader
        /// The key, for one text.
        package let key: MessageKey
    }

    /// Takes the open chain out; the caller puts it back.
    private mutating func takeSendingChain() throws(RatchetError) -> SendingChain {
        switch turn {
        case .sending: break
        case .owed: throw .tooEarly
        case .awaiting: throw .tooEarly
        case .listening: throw .tooEarly
        case .silent: throw .tooEarly
        }
        var taken = Turn.owed
        swap(&taken, &turn)
        guard case .sending(let chain) = consume taken else { preconditionFailure("a sending chain was just seen") }
        guard chain.next < .max else {
            turn = .sending(chain)
            throw .chainExhausted
        }
        return chain
    }

    /// The half of a turn that belongs to the answer: a fresh key, its Diffie-Hellman, a new chain.
    /// - Returns: Whether a chain was opened, and not open before: then the cold record has changed.
    /// - Throws: ``RatchetError/tooEarly``, ``RatchetError/invalidKey``, ``RatchetError/backend(code:)``.
    public mutating func openSendingChain(keys: inout some KeyPairSource & ~Copyable) throws(RatchetError) -> Bool {
        switch turn {
        case .sending: return false
        case .awaiting: throw .tooEarly
        case .listening: throw .tooEarly
        case .silent: throw .tooEarly
        case .owed: break
        }
        guard let remote else { throw .tooEarly }
        let own = keys.next()
        let step = try root.step(own: own.privateKey, remote: remote, suite: suite)
        turn = .sending(SendingChain(own: own, key: step.chain))
        root = step.root
        generation &+= 1
        return true
    }
}
