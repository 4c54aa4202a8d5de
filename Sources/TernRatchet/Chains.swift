// Owns the two directions of a session, as two types: a key of one cannot be used in the other.

internal import TernCrypto

/// The chain under this side's ratchet key.
struct SendingChain: ~Copyable {
    /// The ratchet key that the messages name.
    let own: X25519KeyPair
    /// The chain key.
    var key: ChainKey
    /// The next message's number.
    var next: UInt32 = 0

    init(own: consuming X25519KeyPair, key: consuming ChainKey, next: UInt32 = 0) {
        self.own = own
        self.key = key
        self.next = next
    }

    /// The header of the next message.
    func header(previousLength: UInt32) -> MessageHeader {
        MessageHeader(ratchetKey: own.publicKey, index: next, previousLength: previousLength)
    }

    /// Gives the key of the next message, whose number is spent.
    @_lifetime(cipher: copy cipher)
    mutating func step(_ cipher: inout MessageCipher) {
        next += 1
        key.step(&cipher)
    }
}

/// The chain under the other side's ratchet key.
struct ReceivingChain: ~Copyable {
    /// The chain key.
    var key: ChainKey
    /// The number of the message that is due.
    var next: UInt32
    /// Numbers below this one may have lost their keys.
    var forgottenBelow: UInt32

    init(key: consuming ChainKey, next: UInt32 = 0, forgottenBelow: UInt32 = 0) {
        self.key = key
        self.next = next
        self.forgottenBelow = forgottenBelow
    }

    /// A second value, to plan with.
    func duplicate() -> ReceivingChain {
        ReceivingChain(key: key.duplicate(), next: next, forgottenBelow: forgottenBelow)
    }

    /// Moves on so that `index` is due, keeping the newest ``Limits/keptKeys`` keys on the way. The caller has bounded
    /// the distance, and burns the stack.
    mutating func skip(to index: UInt32, of ratchetKey: X25519PublicKey) -> SkippedRun? {
        guard index > next else { return nil }
        let dropped = Int(index - next) - Limits.keptKeys
        if dropped > 0 {
            for _ in 0..<dropped { key.skip() }
            next += UInt32(dropped)
            forgottenBelow = next
        }
        let run = SkippedRun(ratchetKey, first: next, count: index - next, from: &key)
        next = index
        return run
    }

    /// Takes over what was worked out on the side: the chain key that `text` carries, and the number that is due.
    mutating func moveOn(to next: UInt32, with text: inout SecretBytes) {
        key.replace(from: &text)
        self.next = next
    }

    /// Gives the key of the message that is due.
    @_lifetime(cipher: copy cipher)
    mutating func take(_ cipher: inout MessageCipher) {
        next += 1
        key.step(&cipher)
    }
}

/// Whose move it is.
///
/// Turning the ratchet costs a key pair and a Diffie-Hellman. The half that belongs to the answer is left until there is
/// an answer; until then this side has no ratchet key, so nothing it could leak.
enum Turn: ~Copyable {
    /// This side answered a key exchange and waits for its first message, which is addressed to the signed prekey.
    case awaiting(X25519KeyPair)
    /// The next message sent opens a chain under a fresh ratchet key.
    case owed
    /// A chain is open.
    case sending(SendingChain)
    /// Nothing is sent any more. The key is for a turn of the other side, which may be under way.
    case listening(X25519KeyPair)
    /// Nothing is sent any more, and the other side has no key of this one to turn to.
    case silent
}
