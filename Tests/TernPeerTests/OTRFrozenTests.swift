// A conversation that is written down and read again before every single message, with programs that Tern did not write: they
// must not notice.

import TernCore
import TernCrypto
import TernJSON
import TernOTR
import Testing

@Suite(.foreignPeers) struct OTRFrozenTests {
    private func talk(_ each: OTRTests.Case, longest: Int? = nil, isOurs: Bool = true) throws -> OTRTalk {
        try #require(OTRSession.canFreeze, "this libotr's structures are not known")
        let policy = OTRPolicy(versions: [each.version], answers: .queries, longestMessage: longest)
        let talk = try OTRTalk(each.peer, policy, peerLongest: longest ?? 0)
        talk.freezes = true
        if isOurs {
            try talk.ours { () throws(SessionError) in try talk.session.start(at: OTRTalk.now) }
        } else {
            try talk.theirs("query")
        }
        try #require(talk.isPrivate, "\(talk.failures) \(talk.events)")
        return talk
    }

    @Test(arguments: OTRTests.Case.all, [true, false])
    func keysAreAgreedOnAndMessagesGoBothWays(each: OTRTests.Case, isOurs: Bool) throws {
        let talk = try talk(each, isOurs: isOurs)
        var (said, heard): ([String], [String]) = ([], [])
        for round in 0..<10 {
            for number in 0...(round % 3) {
                said.append("ours \(round) \(number)")
                try talk.say(said[said.count - 1])
            }
            for number in 0...(round % 4) {
                heard.append("theirs \(round) \(number)")
                try talk.theirs("send", ["text": .string(heard[heard.count - 1])])
            }
        }
        #expect(talk.peerTexts == said && talk.texts == heard && talk.failures.isEmpty, "\(talk.failures)")
    }

    @Test(arguments: OTRTests.Case.all, OTRTests.Comparison.all)
    func secretsAreCompared(each: OTRTests.Case, comparison: OTRTests.Comparison) throws {
        let talk = try talk(each)
        let secret = SharedSecret(copying: Array("in the park".utf8))
        try talk.ours { () throws(SessionError) in
            try talk.session.verify(secret, question: comparison.question, at: OTRTalk.now)
        }
        try talk.theirs("answer", ["secret": comparison.isRight ? "in the park" : "at home"])
        #expect(talk.session.peerKey?.trust == (comparison.isRight ? .verified : .firstUse))
        #expect(talk.session.verificationLimit.failures.count == (comparison.isRight ? 0 : 1))
        try talk.theirs("smp", ["secret": "once more"])
        let answer = SharedSecret(copying: Array("once more".utf8))
        try talk.ours { () throws(SessionError) in try talk.session.answer(answer, at: OTRTalk.now) }
        #expect(talk.session.peerKey?.trust == .verified)
        try talk.say("goes on")
        #expect(talk.peerTexts == ["goes on"])
    }

    @Test(arguments: OTRTests.Case.all) func piecesAreKept(each: OTRTests.Case) throws {
        let talk = try talk(each, longest: 200)
        let text = String(repeating: "piece by piece ", count: 60)
        try talk.theirs("send", ["text": .string(text)])
        try talk.say(text)
        #expect(talk.texts == [text] && talk.peerTexts == [text])
    }

    @Test(arguments: OTRTests.Case.all) func keysAreRefreshedAndTheEndIsKept(each: OTRTests.Case) throws {
        let talk = try talk(each)
        try talk.say("before")
        try talk.theirs("query")
        try talk.say("after")
        try talk.theirs("send", ["text": "and back"])
        #expect(talk.peerTexts == ["before", "after"] && talk.texts == ["and back"], "\(talk.failures)")
        try talk.theirs("end")
        try talk.refreeze()
        #expect(talk.session.phase == .ended)
        #expect(throws: SessionError.ended) { try talk.session.encrypt(.text("nobody"), at: OTRTalk.now) }
        try talk.ours { () throws(SessionError) in try talk.session.start(at: OTRTalk.now) }
        #expect(talk.isPrivate)
    }

    /// A record that is damaged is refused or is a conversation; libotr does not crash on it.
    @Test func damagedRecordsAreRefused() throws {
        let talk = try talk(OTRTests.Case(peer: .libotr, version: .v3))
        try talk.say("hello")
        try talk.theirs("send", ["text": "hello"])
        let secret = SharedSecret(copying: Array("half way".utf8))
        try talk.theirs("smp", ["secret": "half way"])
        try talk.ours { () throws(SessionError) in try talk.session.abortVerification(at: OTRTalk.now) }
        let key = try #require(talk.session.key), tag = talk.session.tag
        let whole = try talk.session.freeze().exposed()
        _ = secret
        let thaw = { (bytes: [UInt8]) throws(SessionError) in
            _ = try OTRSession(
                thawing: SecretBytes(copying: bytes), account: key.account, peer: try Self.jid(), key: key,
                tag: tag, policy: .known)
        }
        try thaw(whole)
        for length in stride(from: 0, to: whole.count, by: 7) {
            #expect(throws: SessionError.self) { try thaw(Array(whole[..<length])) }
        }
        #expect(throws: SessionError.self) { try thaw(whole + [0]) }
        var random = SystemRandomNumberGenerator()
        var refused = 0
        for _ in 0..<1500 {
            var damaged = whole
            let place = Int.random(in: 0..<damaged.count, using: &random)
            damaged[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            do throws(SessionError) { try thaw(damaged) } catch {
                refused += 1
                guard case .store = error else {
                    Issue.record("\(error)")
                    return
                }
            }
        }
        #expect(refused > 500, "\(refused)")
    }

    private static func jid() throws(SessionError) -> JID {
        guard let jid = try? JID("bob@example.org/x") else { throw .misuse }
        return jid
    }
}
