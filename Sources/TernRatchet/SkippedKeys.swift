// Owns the message keys of messages that have not arrived: found by chain and number, given up oldest first.
// It must not know whether they are stored.

public import TernCrypto

/// Consecutive messages of one chain, by number.
public struct SkippedRange: Sendable, Hashable {
    /// The sender's ratchet key of the chain.
    public let ratchetKey: X25519PublicKey
    /// The messages' numbers.
    public let indices: Range<UInt32>

    /// Names messages: those that a change tells, or those whose stored keys are given back.
    public init(_ ratchetKey: X25519PublicKey, _ indices: Range<UInt32>) {
        self.ratchetKey = ratchetKey
        self.indices = indices
    }
}

/// Keys that one message made necessary: a run of seeds in one wiped buffer. A key that is used becomes zeros.
///
/// Seeds of 32 bytes are kept, not expanded keys; a run costs one allocation, however long it is. A run belongs to one
/// ratchet, which cannot be copied, and goes with it to another thread: that is what makes it `Sendable`.
final class SkippedRun: @unchecked Sendable {
    let ratchetKey: X25519PublicKey
    /// The numbers whose keys are kept or were used; the oldest are given up from below.
    private(set) var indices: Range<UInt32>
    /// Keys that are still there.
    private(set) var remaining: Int
    private let seeds: SecretBytes
    private let first: UInt32

    /// Takes `count` seeds from `chain`, which moves on. The caller burns the stack.
    init(_ ratchetKey: X25519PublicKey, first: UInt32, count: UInt32, from chain: inout ChainKey) {
        self.ratchetKey = ratchetKey
        self.first = first
        indices = first..<first + count
        remaining = Int(count)
        var buffer = SecretBytes(count: Int(count) * 32)
        var bytes = buffer.mutableSpan
        for index in 0..<Int(count) {
            var seed = bytes._mutatingExtracting(index * 32..<(index + 1) * 32)
            chain.step(into: &seed)
        }
        seeds = buffer
    }

    /// Seeds that were stored, zeros where there is none.
    init(_ ratchetKey: X25519PublicKey, first: UInt32, seeds: Span<UInt8>) {
        self.ratchetKey = ratchetKey
        self.first = first
        indices = first..<first + UInt32(seeds.count / 32)
        remaining = 0
        self.seeds = SecretBytes(copying: seeds)
        remaining = indices.count { contains($0) }
    }

    /// Whether the key of a message is here and was not used.
    func contains(_ index: UInt32) -> Bool {
        guard indices.contains(index) else { return false }
        let start = Int(index - first) * 32
        return seeds.withSpan { !Memory.isZero($0.extracting(start..<start + 32)) }
    }

    /// Gives a seed that is contained to `cipher`.
    @_lifetime(cipher: copy cipher)
    func load(_ index: UInt32, _ cipher: inout MessageCipher) {
        let start = Int(index - first) * 32
        seeds.withSpan { cipher.load($0.extracting(start..<start + 32)) }
    }

    /// A copy of a seed that is contained.
    func seed(_ index: UInt32) -> Secret<32> {
        let start = Int(index - first) * 32
        return seeds.withSpan { seeds in
            Secret<32> { bytes in for offset in 0..<32 { bytes[offset] = seeds[start + offset] } }
        }
    }

    /// Forgets a seed that is contained.
    func wipe(_ index: UInt32) {
        let start = Int(index - first) * 32
        seeds.wipe(start..<start + 32)
        remaining -= 1
    }

    /// Gives up the oldest `count` keys.
    /// - Returns: The numbers that are out of reach now.
    func giveUp(_ count: Int) -> Range<UInt32> {
        let start = indices.lowerBound
        var end = start
        var left = min(count, remaining)
        while left > 0 {
            if contains(end) {
                wipe(end)
                left -= 1
            }
            end += 1
        }
        indices = end..<indices.upperBound
        return start..<end
    }
}

/// All skipped keys of a session, at most ``Limits/keptKeys``.
struct SkippedKeys {
    private(set) var runs: [SkippedRun] = []
    private(set) var count = 0

    /// The run that holds a message's key.
    func run(_ ratchetKey: X25519PublicKey, _ index: UInt32) -> SkippedRun? {
        runs.first { $0.ratchetKey == ratchetKey && $0.contains(index) }
    }

    /// Whether a chain has kept keys.
    func holds(_ ratchetKey: X25519PublicKey) -> Bool {
        runs.contains { $0.ratchetKey == ratchetKey }
    }

    /// Whether a message of a range has a place already.
    func overlaps(_ range: SkippedRange) -> Bool {
        runs.contains { $0.indices.overlaps(range.indices) && $0.ratchetKey == range.ratchetKey }
    }

    /// Forgets the key of a message that has been opened.
    mutating func take(_ index: UInt32, from run: SkippedRun) {
        run.wipe(index)
        count -= 1
        if run.remaining == 0 { runs.removeAll { $0 === run } }
    }

    /// Adds the newest run.
    mutating func add(_ run: SkippedRun) {
        runs.append(run)
        count += run.remaining
    }

    /// Gives up the oldest keys beyond ``Limits/keptKeys``.
    /// - Returns: What was given up.
    mutating func evict() -> [SkippedRange] {
        var evicted: [SkippedRange] = []
        while count > Limits.keptKeys, let oldest = runs.first {
            let before = oldest.remaining
            evicted.append(SkippedRange(oldest.ratchetKey, oldest.giveUp(count - Limits.keptKeys)))
            count -= before - oldest.remaining
            if oldest.remaining == 0 { runs.removeFirst() }
        }
        return evicted
    }
}
