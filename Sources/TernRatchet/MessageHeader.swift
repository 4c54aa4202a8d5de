// Owns the three values in front of every message.

public import TernCrypto

/// The header of a message (Double Ratchet §3.4).
public struct MessageHeader: Sendable, Hashable {
    /// The sender's ratchet key.
    public let ratchetKey: X25519PublicKey
    /// The message's number in its chain, from 0.
    public let index: UInt32
    /// The number of messages in the sender's previous chain. Some implementations send one less.
    public let previousLength: UInt32

    /// Puts the three together.
    public init(ratchetKey: X25519PublicKey, index: UInt32, previousLength: UInt32) {
        self.ratchetKey = ratchetKey
        self.index = index
        self.previousLength = previousLength
    }
}
