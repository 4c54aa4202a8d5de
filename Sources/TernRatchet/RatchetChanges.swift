// Owns what a step has changed, in the terms of stored rows. It must not know how rows are stored.

/// Which parts of a session have to be written. The hot record always has. A long gap can bring keys that are given up at
/// once: of what is new, there is what ``DoubleRatchet/skippedKey(_:_:)`` gives.
public struct RatchetChanges: Sendable, Equatable {
    /// Whether the cold record has changed: the ratchet was turned, or what is known of a retired chain is another.
    public let cold: Bool
    /// Skipped keys that are new.
    public let added: [SkippedRange]
    /// The skipped key that was used.
    public let used: SkippedRange?
    /// Skipped keys that were given up. Some of a range may have been gone before.
    public let evicted: [SkippedRange]

    init(cold: Bool, added: [SkippedRange] = [], used: SkippedRange? = nil, evicted: [SkippedRange] = []) {
        self.cold = cold
        self.added = added
        self.used = used
        self.evicted = evicted
    }
}

/// What became of the session when a message was sealed: to be stored before the message leaves.
public struct Sent: Sendable, Equatable {
    /// The message's header.
    public let header: MessageHeader
    /// What sealing changed.
    public let changes: RatchetChanges
}
