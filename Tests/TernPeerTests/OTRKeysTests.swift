// What the keys of a conversation of OTR are good for beside messages, which of them are refused, and what time does to them, with
// programs that Tern did not write.

import TernCore
import TernCrypto
import TernJSON
import TernOTR
import Testing

@Suite(.foreignPeers) struct OTRKeysTests {
    private func talk(_ version: OTRVersion, longest: Int? = nil, freezes: Bool = false) throws -> OTRTalk {
        let policy = OTRPolicy(versions: [version], answers: .queries, longestMessage: longest)
        let talk = try OTRTalk(.libotr, policy, peerLongest: longest ?? 0)
        talk.freezes = freezes
        try talk.ours { () throws(SessionError) in try talk.session.start(at: talk.clock) }
        try #require(talk.isPrivate)
        return talk
    }

    private func digits(_ key: ExtraKey) -> String {
        let digits = key.secret.withSpan { Hexadecimal.encode($0) }
        return String(decoding: digits.exposed(), as: UTF8.self)
    }

    // MARK: Keys that everybody knows

    private static let prime = """
        FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B\
        302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE6\
        49286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D\
        670C354E4ABC9804F1746C08CA237327FFFFFFFFFFFFFF
        """

    /// 1, p - 1, p, 2^1536; 0 cannot be told from no key.
    @Test(
        arguments: [OTRVersion.v2, .v3], ["01", prime + "FE", prime + "FF", "01" + String(repeating: "00", count: 192)])
    func aWeakKeyEndsTheConversation(version: OTRVersion, value: String) throws {
        let talk = try talk(version)
        try talk.theirs("weaken", ["value": .string(value)])
        let sent = talk.wire.count
        try talk.theirs("send", ["text": "with a key that everybody knows"])
        #expect(talk.texts.isEmpty && talk.failures == [.malformed] && talk.session.phase == .ended)
        #expect(talk.wire.count == sent + 1, "nothing is answered")
        #expect(throws: SessionError.ended) { try talk.session.encrypt(.text("nobody reads this"), at: talk.clock) }
        try talk.ours { () throws(SessionError) in try talk.session.start(at: talk.clock) }
        #expect(talk.isPrivate)
    }

    /// 2 and p - 2 are allowed.
    @Test(arguments: ["02", prime + "FD"]) func theEdgesAreNoWeakKeys(value: String) throws {
        let talk = try talk(.v3)
        try talk.theirs("weaken", ["value": .string(value)])
        try talk.theirs("send", ["text": "as the specification allows"])
        #expect(talk.texts == ["as the specification allows"] && talk.session.phase == .established)
    }

    // MARK: The extra symmetric key

    @Test(arguments: [OTRVersion.v2, .v3], [false, true]) func bothEndsHaveTheExtraKey(
        version: OTRVersion, freezes: Bool
    ) throws {
        let talk = try talk(version, freezes: freezes)
        for round in 0..<3 as Range<UInt32> {
            var ours: ExtraKey?
            try talk.ours { () throws(SessionError) in
                let (step, key) = try talk.session.announceExtraKey(use: 7 + round, data: [1, 2], at: talk.clock)
                ours = key
                return step
            }
            let hex = digits(try #require(ours))
            #expect(talk.peerEvents.contains("symkey:\(7 + round):\(hex)"))
            try talk.theirs("symkey", ["use": .number("\(round)"), "data": "what for"])
            let announced = talk.answer["key"]?.string
            #expect(talk.events.contains(.extraKey(use: round, data: Array("what for".utf8))))
            let keys = talk.session.takeExtraKeys()
            #expect(keys.map { digits($0) } == [announced])
            #expect(keys.first?.use == round && keys.first?.data == Array("what for".utf8))
            #expect(talk.session.takeExtraKeys().isEmpty)
        }
        #expect(talk.failures.isEmpty)
    }

    @Test func anExtraKeyNeedsAConversation() throws {
        let talk = try OTRTalk(.libotr, OTRPolicy(answers: .queries))
        #expect(throws: SessionError.noSession) { try talk.session.announceExtraKey(use: 1, at: talk.clock) }
        try talk.ours { () throws(SessionError) in try talk.session.start(at: talk.clock) }
        #expect(throws: SessionError.limitExceeded) {
            try talk.session.announceExtraKey(use: 1, data: Array(repeating: 0, count: 1025), at: talk.clock)
        }
    }

    // MARK: Time

    /// Who only listens says after a minute that it is there, so that keys turn; the minute is the host's, give or take the second
    /// in which a call happens.
    @Test(arguments: [OTRVersion.v2, .v3], [nil, 200]) func whoOnlyListensIsHeard(
        version: OTRVersion, longest: Int?
    ) throws {
        let talk = try talk(version, longest: longest)
        try talk.say("the last for a while")
        func beats(after seconds: Int64) throws -> Int {
            talk.clock = Timestamp(milliseconds: talk.clock.milliseconds + seconds * 1000)
            let before = talk.wire.count
            try talk.theirs("send", ["text": "news"])
            return talk.wire[before...].count { $0.isOurs }
        }
        #expect(try beats(after: 30) == 0)
        #expect(try beats(after: 35) > 0)
        #expect(try beats(after: 50) == 0)
        #expect(talk.peerEvents.contains("heartbeatReceived"))
        #expect(talk.texts.count == 3 && talk.failures.isEmpty)
        if let longest { #expect(talk.wire.filter(\.isOurs).dropFirst().allSatisfy { $0.body.utf8.count <= longest }) }
    }

    /// A key exchange that nobody ends is forgotten after a minute, and its keys with it.
    @Test func aKeyExchangeIsForgotten() throws {
        for (seconds, isForgotten) in [(50, false), (66, true)] as [(Int64, Bool)] {
            let talk = try OTRTalk(.libotr, OTRPolicy(answers: .queries))
            talk.isLost = { _ in true }
            try talk.theirs("query")
            #expect(talk.session.phase == .negotiating)
            talk.clock = Timestamp(milliseconds: talk.clock.milliseconds + seconds * 1000)
            try talk.ours { () throws(SessionError) in try talk.session.poll(at: talk.clock) }
            #expect(talk.session.phase == (isForgotten ? .fresh : .negotiating), "\(seconds)")
        }
    }
}
