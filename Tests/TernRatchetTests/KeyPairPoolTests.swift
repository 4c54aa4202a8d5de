// Pairs made ahead: how many are ready, that none is given twice, and that a session cannot tell them from fresh ones.

import TernCrypto
import TernOMEMO
import TernRatchet
import Testing

@Suite struct KeyPairPoolTests {
    @Test func counts() {
        var pool = KeyPairPool(SeededEntropy(1))
        var counts = [pool.count]
        pool.fill(to: 5)
        counts.append(pool.count)
        pool.fill(to: 3)
        counts.append(pool.count)
        _ = pool.next()
        counts.append(pool.count)
        for _ in 0..<4 { _ = pool.next() }
        counts.append(pool.count)
        _ = pool.next()
        counts.append(pool.count)
        pool.fill(to: 2)
        counts.append(pool.count)
        pool.fill(to: -1)
        counts.append(pool.count)
        #expect(counts == [0, 5, 5, 4, 0, 0, 2, 2])
    }

    @Test func pairsAreWholeAndDistinct() {
        var pool = KeyPairPool(SystemEntropy())
        pool.fill(to: 20)
        var seen: Set<[UInt8]> = []
        for round in 0..<40 {
            let pair = pool.next()
            let computed = pair.privateKey.publicKey()
            let stored = pair.publicKey
            #expect(computed == stored)
            seen.insert(stored.bytes.array)
            if round == 25 { pool.fill(to: 4) }
        }
        #expect(seen.count == 40)
    }

    @Test func sameSeedSamePairs() {
        var pool = KeyPairPool(SeededEntropy(2))
        var fresh = FreshKeyPairs(SeededEntropy(2))
        pool.fill(to: 6)
        var fromPool: Set<[UInt8]> = []
        var made: Set<[UInt8]> = []
        for _ in 0..<9 {
            let ready = pool.next()
            fromPool.insert(ready.publicKey.bytes.array)
            let pair = fresh.next()
            made.insert(pair.publicKey.bytes.array)
        }
        #expect(fromPool == made)
    }

    /// Letting many go at once takes no stack.
    @Test func manyAreReleased() {
        var pool = KeyPairPool(SeededEntropy(3))
        pool.fill(to: 5_000)
        let count = pool.count
        #expect(count == 5_000)
    }

    @Test(arguments: Version.allCases)
    func session(_ version: Version) throws {
        var meeting = try Meeting(version, seed: 9000, ternInitiates: true)
        var pool = KeyPairPool(SeededEntropy(4))
        pool.fill(to: 2)
        for _ in 0..<4 {
            let text = meeting.text()
            let message = try version.seal(text.span, with: &meeting.tern, keys: &pool).message
            let opened = try meeting.peer.open(message)
            #expect(opened == text)
            try meeting.peerToTern()
        }
        let count = pool.count
        #expect(count == 0)
    }
}
