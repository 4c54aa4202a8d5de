// Owns the chances of a simulation: everything that happens follows from one number.

/// Random numbers that follow from a seed (SplitMix64).
public struct Dice: Sendable {
    private var state: UInt64

    /// Dice that always fall the same way for a seed.
    public init(seed: UInt64) {
        state = seed
    }

    /// The next number.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    public mutating func below(_ bound: Int) -> Int {
        Int(next() % UInt64(bound))
    }

    /// True so many times out of a hundred.
    public mutating func percent(_ share: Int) -> Bool {
        below(100) < share
    }

    /// One of some.
    public mutating func pick<Value>(_ values: [Value]) -> Value {
        values[below(values.count)]
    }

    /// 32 bytes, for what is seeded in turn.
    public mutating func bytes() -> [UInt8] {
        (0..<4).flatMap { _ in
            let number = next()
            return (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        }
    }
}
