// What a conversation that was written down still knows.

import Testing

import TernCore
import TernCrypto
import TernOTR

@Suite struct FrozenTests {
    @Test("A conversation of two Terns goes on in other processes, wherever it stands")
    func everyStep() async throws {
        try #require(OTRSession.canFreeze)
        let (alice, bob) = (try BareJID("alice@example.org"), try BareJID("bob@example.org"))
        let (aliceKey, bobKey) = (try OTRPrivateKey.generate(for: alice), try OTRPrivateKey.generate(for: bob))
        var sessions = [
            OTRSession(account: alice, peer: try JID("bob@example.org/b"), key: aliceKey),
            OTRSession(account: bob, peer: try JID("alice@example.org/a"), key: bobKey),
        ]
        let keys = [aliceKey, bobKey], peers = [try JID("bob@example.org/b"), try JID("alice@example.org/a")]
        func restart(_ side: Int) throws {
            let old = sessions[side]
            sessions[side] = try OTRSession(
                thawing: try old.freeze(), account: old.account, peer: peers[side], key: keys[side], tag: old.tag,
                policy: old.policy)
            #expect(sessions[side].phase == old.phase && sessions[side].peerKey?.key == old.peerKey?.key)
        }
        var texts: [[String]] = [[], []]
        func carryOut(_ steps: [Step], _ side: Int) throws {
            for step in steps {
                #expect(step.failure == nil)
                if let text = step.plaintext?.content.text { texts[side].append(text) }
                for case .work(let job) in step.needs {
                    try carryOut(try sessions[side].supply([.worked(job.run())], at: now), side)
                }
                for case .body(let body) in step.outbound.map(\.payload) {
                    try restart(1 - side)
                    let incoming = Incoming(.body(body), from: peers[1 - side], to: peers[side])
                    try carryOut([try sessions[1 - side].decrypt(incoming, at: now)], 1 - side)
                }
            }
        }
        try restart(0)
        try carryOut([try sessions[0].start(at: now)], 0)
        try restart(0)
        #expect(sessions.allSatisfy { $0.phase == .established })
        for number in 0..<6 {
            try restart(number % 2)
            try carryOut([try sessions[number % 2].encrypt(.text("\(number)"), at: now)], number % 2)
        }
        #expect(texts == [["1", "3", "5"], ["0", "2", "4"]])
    }
}
