// Owns the memory of receiving chains that have ended: enough to tell a repeated message from a forged one.

internal import TernCrypto

/// A receiving chain after the other side has turned its ratchet.
struct RetiredChain {
    /// The first eight bytes of its ratchet key: enough to tell a handful of chains apart. A forged key that shares them is
    /// refused as a duplicate instead of as a forgery, and nothing else.
    let keyPrefix: UInt64
    /// Numbers below this one were used in the chain.
    let length: UInt32
    /// Numbers below this one may have lost their keys.
    var forgottenBelow: UInt32

    init(_ key: X25519PublicKey, length: UInt32, forgottenBelow: UInt32) {
        self.init(keyPrefix: key.prefix, length: length, forgottenBelow: forgottenBelow)
    }

    init(keyPrefix: UInt64, length: UInt32, forgottenBelow: UInt32) {
        self.keyPrefix = keyPrefix
        self.length = length
        self.forgottenBelow = forgottenBelow
    }
}

/// The last ``Limits/retiredChains`` receiving chains, the oldest first, and for each the key at its very end.
///
/// A header's `pn` is the length of the sender's previous chain, or one less: libsignal's family sends the last index.
/// So the key *at* index `pn` belongs to a message only if the sender counts the second way. It is kept here, one a
/// chain, where it cannot crowd out keys of messages that certainly exist.
struct RetiredChains: ~Copyable {
    private(set) var chains: [RetiredChain] = []
    private var spares: Spares?

    /// A key for each chain, zeros where there is none.
    private typealias Spares = Secret<160>

    init() {}

    /// The place of a chain.
    func place(of key: X25519PublicKey) -> Int? {
        guard !chains.isEmpty else { return nil }
        let prefix = key.prefix
        return chains.lastIndex { $0.keyPrefix == prefix }
    }

    /// Adds a chain that has ended. A spare is the key at index `length - 1`.
    mutating func add(_ chain: RetiredChain, spare: consuming Secret<32>?) {
        if chains.count == Limits.retiredChains {
            chains.removeFirst()
            moveSparesDown()
        }
        chains.append(chain)
        guard let spare else { return }
        var buffer = spares.take() ?? Spares { _ in }
        var bytes = buffer.mutableSpan
        for offset in 0..<32 { bytes[(chains.count - 1) * 32 + offset] = spare.span[offset] }
        spares = consume buffer
    }

    /// A copy of the spare key of the chain at `place`.
    func spare(at place: Int) -> Secret<32>? {
        switch spares {
        case .none: return nil
        case .some(let buffer):
            let spare = buffer.span.extracting(place * 32..<(place + 1) * 32)
            var bits: UInt8 = 0
            for offset in 0..<32 { bits |= spare[offset] }
            guard bits != 0 else { return nil }
            return Secret<32> { bytes in for offset in 0..<32 { bytes[offset] = spare[offset] } }
        }
    }

    /// Forgets the spare key of the chain at `place`.
    mutating func wipeSpare(at place: Int) {
        guard var buffer = spares.take() else { return }
        var bytes = buffer.mutableSpan
        for offset in 0..<32 { bytes[place * 32 + offset] = 0 }
        spares = consume buffer
    }

    /// Remembers that the keys of a chain below `index` were given up.
    /// - Returns: Whether that was not known.
    mutating func forget(_ key: X25519PublicKey, below index: UInt32) -> Bool {
        guard let place = place(of: key), chains[place].forgottenBelow < index else { return false }
        chains[place].forgottenBelow = index
        return true
    }

    private mutating func moveSparesDown() {
        guard var buffer = spares.take() else { return }
        var bytes = buffer.mutableSpan
        let kept = (Limits.retiredChains - 1) * 32
        for offset in 0..<kept { bytes[offset] = bytes[offset + 32] }
        for offset in kept..<kept + 32 { bytes[offset] = 0 }
        spares = consume buffer
    }
}

extension X25519PublicKey {
    /// The first eight bytes.
    var prefix: UInt64 {
        (0..<8).reduce(UInt64(0)) { $0 << 8 | UInt64(bytes.storage[$1]) }
    }
}
