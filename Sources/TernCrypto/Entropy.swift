// Owns where random bytes come from: the system, or, where a run has to be repeated byte for byte, a seed.

internal import CSodium

/// A source of random bytes. It is an argument wherever fresh keys are made, so that a test can repeat them.
public protocol Entropy {
    /// Overwrites `bytes` with random ones.
    mutating func fill(_ bytes: inout MutableSpan<UInt8>)
}

extension Entropy {
    /// A number below `bound`, each as likely as the others. `bound` is at least 1.
    public mutating func number(below bound: UInt32) -> UInt32 {
        precondition(bound > 0, "no number is below 0")
        // Draws above the last whole multiple of `bound` would favour small numbers: they are drawn again.
        let rejected = (0 &- bound) % bound
        while true {
            var drawn = FixedBytes<4>()
            var bytes = drawn.mutableSpan
            fill(&bytes)
            let number = (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(drawn.storage[$1]) }
            if number >= rejected { return number % bound }
        }
    }

    /// `count` random bytes that need not stay secret: nonces, padding.
    public mutating func bytes(_ count: Int) -> [UInt8] {
        var drawn = [UInt8](repeating: 0, count: count)
        var span = drawn.mutableSpan
        fill(&span)
        return drawn
    }
}

/// The system's random bytes, through libsodium.
public struct SystemEntropy: Entropy, Sendable {
    /// Holds no state of its own.
    public init() {}

    /// Overwrites `bytes` with the system's random ones.
    public mutating func fill(_ bytes: inout MutableSpan<UInt8>) {
        Sodium.require()
        unsafe bytes.withUnsafeMutableBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            unsafe randombytes_buf(base, buffer.count)
        }
    }
}

/// Bytes that follow from a seed: for recorded conversations and simulated networks, never for a person's keys.
///
/// Draw `n` is the ChaCha20 stream of `randombytes_buf_deterministic` under the seed whose last eight bytes are
/// exclusive-ored with `n`, counted from 0, little endian.
package struct SeededEntropy: Entropy, Sendable {
    private let seed: FixedBytes<32>
    private var draws: UInt64 = 0

    package init(seed: FixedBytes<32>) {
        self.seed = seed
    }

    package mutating func fill(_ bytes: inout MutableSpan<UInt8>) {
        Sodium.require()
        var key = seed
        for index in 0..<8 { key.storage[24 + index] ^= UInt8(truncatingIfNeeded: draws >> (8 * UInt64(index))) }
        draws += 1
        unsafe key.span.withUnsafeBytes { key in
            unsafe bytes.withUnsafeMutableBytes { buffer in
                guard let base = buffer.baseAddress, let key = key.baseAddress else { return }
                unsafe randombytes_buf_deterministic(base, buffer.count, key)
            }
        }
    }
}
