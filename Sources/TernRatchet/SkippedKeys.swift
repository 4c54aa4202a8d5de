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
    /// The number of the first seed, where the seeds are consecutive.
    private let first: UInt32
    /// The numbers of the seeds, where they are not.
    private let numbers: [UInt32]

    /// Takes `count` seeds from `chain`, which moves on. The caller burns the stack.
    init(_ ratchetKey: X25519PublicKey, first: UInt32, count: UInt32, from chain: inout ChainKey) {
        self.ratchetKey = ratchetKey
        self.first = first
        numbers = []
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
        numbers = []
        indices = first..<first + UInt32(seeds.count / 32)
        remaining = (0..<seeds.count / 32).count { !Memory.isZero(seeds.extracting($0 * 32..<$0 * 32 + 32)) }
        self.seeds = SecretBytes(copying: seeds)
    }

    /// What is left of another run, in a buffer of its size.
    private init(compacting other: SkippedRun) {
        var buffer = SecretBytes(count: other.remaining * 32)
        var left: [UInt32] = []
        left.reserveCapacity(other.remaining)
        other.seeds.withSpan { seeds in
            for place in 0..<seeds.count / 32 {
                let seed = seeds.extracting(place * 32..<place * 32 + 32)
                guard !Memory.isZero(seed) else { continue }
                buffer.write(seed, at: left.count * 32)
                left.append(other.numbers.isEmpty ? other.first + UInt32(place) : other.numbers[place])
            }
        }
        ratchetKey = other.ratchetKey
        indices = other.indices
        remaining = other.remaining
        first = other.first
        numbers = left
        seeds = buffer
    }

    /// The same run in less memory, where three of four seeds or more were used.
    func compacted() -> SkippedRun? {
        remaining > 0 && remaining * 4 * 32 <= seeds.count ? SkippedRun(compacting: self) : nil
    }

    /// Bytes of all seeds, used ones among them.
    var size: Int { seeds.count }

    /// Where a seed lies, or lay.
    @inline(__always)
    private func start(of index: UInt32) -> Int? {
        guard indices.contains(index) else { return nil }
        return numbers.isEmpty ? Int(index - first) * 32 : search(index)
    }

    private func search(_ index: UInt32) -> Int? {
        var (low, high) = (0, numbers.count)
        while low < high {
            let middle = (low + high) / 2
            if numbers[middle] < index { low = middle + 1 } else { high = middle }
        }
        return low < numbers.count && numbers[low] == index ? low * 32 : nil
    }

    private func startOfContained(_ index: UInt32) -> Int {
        guard let start = start(of: index) else { preconditionFailure("the seed is contained") }
        return start
    }

    /// Whether the key of a message is here and was not used.
    func contains(_ index: UInt32) -> Bool {
        guard let start = start(of: index) else { return false }
        return seeds.withSpan { !Memory.isZero($0.extracting(start..<start + 32)) }
    }

    /// Gives a seed that is contained to `cipher`.
    @_lifetime(cipher: copy cipher)
    func load(_ index: UInt32, _ cipher: inout MessageCipher) {
        let start = startOfContained(index)
        seeds.withSpan { cipher.load($0.extracting(start..<start + 32)) }
    }

    /// A copy of a seed that is contained.
    func seed(_ index: UInt32) -> Secret<32> {
        let start = startOfContained(index)
        return seeds.withSpan { seeds in
            Secret<32> { bytes in for offset in 0..<32 { bytes[offset] = seeds[start + offset] } }
        }
    }

    /// Forgets a seed that is contained.
    func wipe(_ index: UInt32) {
        let start = startOfContained(index)
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
///
/// A run of which three quarters were used moves to a smaller buffer: a peer that leaves gaps chooses how many keys there
/// are, and not how much memory they take.
struct SkippedKeys {
    private(set) var runs: [SkippedRun] = []
    /// How many there are.
    var count: Int { Int(number) }
    private var number: UInt32 = 0

    /// Bytes of all seeds, used ones among them: at most four times those of the keys that are kept.
    var size: Int { runs.reduce(0) { $0 + $1.size } }

    /// The place of the run that holds a message's key.
    func place(_ ratchetKey: X25519PublicKey, _ index: UInt32) -> Int? {
        for place in runs.indices where runs[place].contains(index) && runs[place].ratchetKey == ratchetKey {
            return place
        }
        return nil
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
    /// - Returns: Its range.
    mutating func take(_ index: UInt32, at place: Int) -> SkippedRange {
        let run = runs[place]
        run.wipe(index)
        number -= 1
        if run.remaining == 0 {
            runs.remove(at: place)
        } else if let compacted = run.compacted() {
            runs[place] = compacted
        }
        return SkippedRange(run.ratchetKey, index..<index + 1)
    }

    /// Adds the newest run.
    mutating func add(_ run: SkippedRun) {
        runs.append(run.compacted() ?? run)
        number += UInt32(run.remaining)
    }

    /// Gives up the oldest keys beyond ``Limits/keptKeys``.
    /// - Returns: What was given up.
    mutating func evict() -> [SkippedRange] {
        var evicted: [SkippedRange] = []
        while count > Limits.keptKeys, let oldest = runs.first {
            let before = oldest.remaining
            evicted.append(SkippedRange(oldest.ratchetKey, oldest.giveUp(count - Limits.keptKeys)))
            number -= UInt32(before - oldest.remaining)
            if oldest.remaining == 0 {
                runs.removeFirst()
            } else if let compacted = oldest.compacted() {
                runs[0] = compacted
            }
        }
        return evicted
    }
}
