// Secrets and public bytes of fixed length as values.

import TernCrypto
import Testing

@Suite struct SecretTests {
    @Test func comparesBytes() throws {
        let bytes = [UInt8](0..<32)
        let secret = try Secret<32>(copying: bytes)
        for index in 0..<32 {
            var other = bytes
            other[index] ^= 0x80
            let isEqual = secret.equals(try Secret(copying: other))
            #expect(!isEqual)
        }
        let isEqual = secret.equals(try Secret(copying: bytes.span))
        #expect(isEqual)
    }

    @Test(arguments: [0, 31, 33])
    func refusesOtherLengths(_ count: Int) {
        let bytes = [UInt8](repeating: 1, count: count)
        #expect(throws: CryptoError.wrongLength(count)) { _ = try Secret<32>(copying: bytes) }
        #expect(throws: CryptoError.wrongLength(count)) { _ = try Secret<32>(copying: bytes.span) }
    }

    @Test func twinIsApart() throws {
        var secret = try Secret<4>(copying: [1, 2, 3, 4])
        let twin = secret.duplicate()
        var bytes = secret.mutableSpan
        bytes[0] = 9
        let firsts = (secret.span[0], twin.span[0])
        #expect(firsts.0 == 9)
        #expect(firsts.1 == 1)
    }

    @Test func startsAsZeros() {
        let secret = Secret<8> { _ in }
        let isZero = secret.span.indices.allSatisfy { secret.span[$0] == 0 }
        #expect(isZero)
    }
}

@Suite struct FixedBytesTests {
    @Test func equalityAndHashFollowEachByte() throws {
        let bytes = [UInt8](0..<32)
        let value = try FixedBytes<32>(bytes)
        #expect(try value == FixedBytes(bytes.span))
        #expect(try value.hashValue == FixedBytes<32>(bytes).hashValue)
        var set: Set<FixedBytes<32>> = [value]
        for index in 0..<32 {
            var other = value
            other.storage[index] ^= 1
            #expect(other != value)
            set.insert(other)
        }
        #expect(set.count == 33)
        #expect(value.array == bytes)
        #expect(FixedBytes<3>().array == [0, 0, 0])
    }

    @Test(arguments: [0, 31, 33])
    func refusesOtherLengths(_ count: Int) {
        let bytes = [UInt8](repeating: 1, count: count)
        #expect(throws: CryptoError.wrongLength(count)) { try FixedBytes<32>(bytes) }
        #expect(throws: CryptoError.wrongLength(count)) { try FixedBytes<32>(bytes.span) }
    }

    @Test func constantTimeComparisonFollowsEachByte() {
        let bytes = [UInt8](0..<32)
        #expect(areEqual(bytes, bytes))
        #expect(areEqual([], []))
        #expect(!areEqual(bytes, bytes.dropLast()))
        #expect(!areEqual([], bytes))
        for index in bytes.indices {
            var other = bytes
            other[index] ^= 1
            #expect(!areEqual(bytes, other))
        }
    }
}

private func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    Memory.equal(left.span, right.span)
}
