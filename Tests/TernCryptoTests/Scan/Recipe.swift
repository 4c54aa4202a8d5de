// Owns secrets that a test can make again and again without keeping a copy.

internal import CSodium
import TernCrypto

/// Secret bytes that follow from a number: the bytes exist only where a test puts them.
struct Recipe: Entropy {
    private let seed = UInt64.random(in: 0...UInt64.max)

    @inline(never)
    func write(into bytes: inout MutableSpan<UInt8>) {
        for index in bytes.indices { bytes[index] = byte(index) }
        sodium_stackzero(2048)  // what this test's own code left there is nobody's fault
    }

    mutating func fill(_ bytes: inout MutableSpan<UInt8>) {
        write(into: &bytes)
    }

    /// The secret itself.
    func secret<let count: Int>(_: Secret<count>.Type = Secret<count>.self) -> Secret<count> {
        Secret<count> { bytes in write(into: &bytes) }
    }

    /// Its description.
    func needle(_ count: Int = 32) -> Needle {
        let secret = [UInt8](repeating: 0, count: count)
        var needle = Needle(secret.span)
        for index in 0..<count { needle.exclusiveOr(byte(index), at: index) }
        return needle
    }

    /// One step of SplitMix64; never inlined, so that no vector register ever holds a part of the secret.
    @inline(never)
    private func byte(_ index: Int) -> UInt8 {
        var number = seed &+ UInt64(index + 1) &* 0x9e37_79b9_7f4a_7c15
        number = (number ^ number >> 30) &* 0xbf58_476d_1ce4_e5b9
        number = (number ^ number >> 27) &* 0x94d0_49bb_1331_11eb
        return UInt8(truncatingIfNeeded: number ^ number >> 31)
    }
}
