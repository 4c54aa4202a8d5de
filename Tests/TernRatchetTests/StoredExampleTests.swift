// One stored session of either version, as bytes: a format that drifts is found here, not by people whose sessions are
// gone.

import TernCrypto
import TernOMEMO
import TernRatchet
import Testing

/// A session with a chain to send in, two retired chains with a spare each, and two messages that it opens.
private struct StoredSession {
    let version: Version
    let hot: String
    let cold: String
    let local: String
    /// The last message of the previous chain, which the other side counts one short: opened by a spare key.
    let late: String
    /// The message that is due: "kept".
    let next: String

    static let omemo03 = StoredSession(
        version: .v03,
        hot: """
            0100000005010aee9c950668592c1fb955b6774c1db5f67dbf26018e86030b78
            6f5ec45d42d60000000101c0ac461aa80d56656f2758056992accee5b3406a17
            a6fdc2dae6da4647d871840000000100000000
            """,
        cold: """
            0101000000050121056d4dd4320686a94e52697e23cf272825adf5a2f072c64a
            840610638c3f84c353ddfbcb5402d606372884613cd5430e5f20843d4b2dc069
            4d666626e6206d48960290a2cf4987c46db555f0559e310e12e2139040ea292e
            80c832df90abdfb8ad4988750cf730c26dedfe1bb11fb8c3a5347fb91eecb003
            6caa08efc0d5258d631b01c90da163ec01452dafb8da5f075c8bd70d698dfa18
            0ebe7b78abccbad7028d7a0000000101c11dca7530f978490000000500000000
            01a6a0728b78c0653eecfcefb6cb242c1f28296352b61eb76ba758462442ca29
            59
            """,
        local: """
            0585e160e0d355066a7152b4bb9325c74f663cb401e65fb3023fccfdfe371a8c
            45
            """,
        late: """
            330a2105c11dca7530f978493527fd214acf8243fd6a0040efe998a4019a7e29
            bb4df6011004180022108f726c23a396c6c3b020cbc2d3e45f79c984748358a5
            9398
            """,
        next: """
            330a210537552dfb5ec0af6bd45448438c3e4eb40f50806af55b9d65656b2a43
            771a9e69100018002210b10b618cd33d8337e9f151bfff8ccbc52fdba5600571
            76f9
            """)

    static let omemo2 = StoredSession(
        version: .v2,
        hot: """
            0100000005011e9c7e9e0dfd270ac6a6d9d61a12697d49a6d064883a34fb6589
            464f9501a2920000000101866e9cd6ff7ae91d2a45644b234f0a2ce02820b488
            892efb742307b5399162d50000000100000000
            """,
        cold: """
            01020000000501205825f8f7aba6ff4029095f4ba11acd9ea53b639494c1332c
            e68fdeb898945f57b86bb363c45b15c185a2e6bda2848c1eb9ef03fc277ec7f4
            483fa44263c68cc10290a2cf4987c46db555f0559e310e12e2139040ea292e80
            c832df90abdfb8ad4988750cf730c26dedfe1bb11fb8c3a5347fb91eecb0036c
            aa08efc0d5258d631b01c90da163ec01452dafb8da5f075c8bd70d698dfa180e
            be7b78abccbad7028d7a0000000101c11dca7530f97849000000050000000001
            ab5b08b4e407a9c15198a1b5534a53effcdd0314910ce06f796466081e616df7
            """,
        local: """
            2de7fdab3a815e852356929911afee2633734c5018c24d2c54f5cd9718191346
            """,
        late: """
            0a106dcb340dedcc206fc6e874db3d67471d1238080410001a20c11dca7530f9
            78493527fd214acf8243fd6a0040efe998a4019a7e29bb4df601221086fdc541
            ed68fa2d1fcc1576aa8bec3f
            """,
        next: """
            0a101f937426730ce696dc40c3962be827821238080010001a2037552dfb5ec0
            af6bd45448438c3e4eb40f50806af55b9d65656b2a43771a9e692210bb4efb5c
            ace45e95cc1a7c46b9868c84
            """)
}

@Suite struct StoredExampleTests {
    private static func bytes(_ text: String) throws -> [UInt8] {
        let digits = text.filter { !$0.isWhitespace }.map { $0 }
        return try stride(from: 0, to: digits.count, by: 2).map { place in
            try #require(UInt8(String(digits[place...place + 1]), radix: 16))
        }
    }

    @Test(arguments: [StoredSession.omemo03, .omemo2])
    fileprivate func decodes(_ example: StoredSession) throws {
        let hot = try StoredExampleTests.bytes(example.hot)
        let cold = try StoredExampleTests.bytes(example.cold)
        let local = try StoredExampleTests.bytes(example.local)
        var session = try DoubleRatchet(
            hot: hot.span, cold: cold.span, local: local, suite: { TernRatchet.Suite.omemo(id: $0) })
        let again = session.snapshot()
        #expect(again.hot == hot)
        #expect(again.cold == cold)
        #expect(session.suite === example.version.suite)
        let states = (session.canSend, session.hasReceived, session.parties.isInitiator)
        #expect(states == (true, true, true))
        let late = try session.receive(StoredExampleTests.bytes(example.late), example.version)
        let next = try session.receive(StoredExampleTests.bytes(example.next), example.version)
        #expect(late.starts(with: Array("text".utf8)))
        #expect(next == Array("kept".utf8))
        var keys = FreshKeyPairs(SeededEntropy(8200))
        _ = try example.version.seal([1].span, with: &session, keys: &keys)
    }
}
