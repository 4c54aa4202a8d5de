// Random bytes: the seeded ones repeat, and numbers are fair.

internal import CSodium
import TernCrypto
import Testing

@Suite struct EntropyTests {
    @Test func seededBytesRepeat() {
        var first = SeededEntropy(seed: seed)
        var second = SeededEntropy(seed: seed)
        let draws = (0..<100).map { first.bytes($0) }
        #expect(draws == (0..<100).map { second.bytes($0) })
        var other = seed
        other.storage[31] ^= 1
        var third = SeededEntropy(seed: other)
        #expect(third.bytes(32) != draws[32])
    }

    @Test func drawsDiffer() {
        var entropy = SeededEntropy(seed: seed)
        let draws = (0..<1000).map { _ in entropy.bytes(16) }
        #expect(Set(draws).count == 1000)
    }

    /// Recorded conversations depend on the formula.
    @Test func drawFollowsTheDocumentedFormula() {
        var entropy = SeededEntropy(seed: seed)
        for _ in 0..<0x0102 { _ = entropy.bytes(1) }
        var key = seed.array
        key[24] ^= 0x02
        key[25] ^= 0x01
        var expected = [UInt8](repeating: 0, count: 40)
        unsafe randombytes_buf_deterministic(&expected, 40, key)
        #expect(entropy.bytes(40) == expected)
    }

    @Test func systemBytesDiffer() {
        var entropy = SystemEntropy()
        #expect(entropy.bytes(32) != entropy.bytes(32))
        #expect(entropy.bytes(0) == [])
    }

    @Test(arguments: [1, 2, 3, 6, 10, 255, 256, 100])
    func numbersAreEvenlySpread(_ bound: UInt32) {
        var entropy = SeededEntropy(seed: seed)
        let perNumber = 400
        var counts = [Int](repeating: 0, count: Int(bound))
        for _ in 0..<perNumber * Int(bound) { counts[Int(entropy.number(below: bound))] += 1 }
        // the standard deviation is 20; six of them are not seen by chance
        #expect(counts.allSatisfy { abs($0 - perNumber) < 120 })
    }

    @Test func unfairDrawsAreDrawnAgain() {
        // 2^32 modulo 3 * 2^30 is 2^30: draws below it would count twice
        var entropy = Script(numbers: [0, 0x3fff_ffff, 0x4000_0000, 0xffff_ffff, 0xc000_0000])
        #expect(entropy.number(below: 3 << 30) == 1 << 30)
        #expect(entropy.number(below: 3 << 30) == 1 << 30 - 1)
        #expect(entropy.number(below: 3 << 30) == 0)
    }

    @Test func greatestBounds() {
        var entropy = Script(numbers: [0, 0xffff_ffff, 7, 0x8000_0000, 0])
        #expect(entropy.number(below: .max) == 0)  // 0 is drawn again
        #expect(entropy.number(below: .max) == 7)
        #expect(entropy.number(below: 1 << 31) == 0)
        #expect(entropy.number(below: 1) == 0)
    }
}

private let seed = FixedBytes<32>(InlineArray { UInt8($0) })

/// Gives these numbers, most significant byte first.
private struct Script: Entropy {
    var numbers: [UInt32]

    mutating func fill(_ bytes: inout MutableSpan<UInt8>) {
        let number = numbers.removeFirst()
        for index in 0..<4 { bytes[index] = UInt8(truncatingIfNeeded: number >> (24 - 8 * UInt32(index))) }
    }
}
