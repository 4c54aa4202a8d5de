// OTR with programs that Tern did not write: libotr as Pidgin drives it, in both versions, and potr, which shares no code with it.

import TernCore
import TernCrypto
import TernJSON
import TernOTR
import Testing

@Suite(.foreignPeers) struct OTRTests {
    /// A program and a version that both speak.
    struct Case: CustomTestStringConvertible, Sendable {
        let peer: ForeignPeer.OTRImplementation
        let version: OTRVersion

        static let all = [
            Case(peer: .libotr, version: .v3), Case(peer: .libotr, version: .v2), Case(peer: .potr, version: .v2),
        ]

        var testDescription: String { "\(peer.rawValue) \(version)" }
        var policy: OTRPolicy { OTRPolicy(versions: [version], answers: .queries) }
    }

    private func talk(_ each: Case, longest: Int? = nil) throws -> OTRTalk {
        let policy = OTRPolicy(versions: [each.version], answers: .queries, longestMessage: longest)
        let talk = try OTRTalk(each.peer, policy, peerLongest: longest ?? 0)
        try talk.ours { () throws(SessionError) in try talk.session.start(at: OTRTalk.now) }
        try #require(talk.isPrivate)
        return talk
    }

    // MARK: Key exchange

    @Test(arguments: Case.all, [false, true]) func eitherSideBegins(each: Case, isOurs: Bool) throws {
        let talk = try OTRTalk(each.peer, each.policy)
        if isOurs {
            try talk.ours { () throws(SessionError) in try talk.session.start(at: OTRTalk.now) }
        } else {
            try talk.theirs("query")
        }
        #expect(talk.isPrivate && talk.peerEvents.contains("secure"))
        #expect(talk.answer["version"]?.integer == Int(each.version.rawValue))
        #expect(talk.session.peerKey?.key.hex.lowercased() == talk.peerFingerprint)
        #expect(talk.session.peerKey?.trust == .firstUse)
        try talk.say("hello")
        try talk.theirs("send", ["text": "hello yourself"])
        #expect(talk.peerTexts == ["hello"] && talk.texts == ["hello yourself"])
        #expect(talk.failures.isEmpty)
        #expect(!talk.wire.contains { $0.body.contains("hello") })
    }

    /// Both allow both: the newer one runs.
    @Test func theNewestThatBothSpeakRuns() throws {
        let policy = OTRPolicy(versions: [.v2, .v3], answers: .queries)
        for (versions, expected) in [([2, 3], 3), ([2], 2), ([3], 3)] {
            let talk = try OTRTalk(.libotr, policy, peerVersions: versions)
            try talk.ours { () throws(SessionError) in try talk.session.start(at: OTRTalk.now) }
            #expect(talk.isPrivate && talk.answer["version"]?.integer == expected)
        }
    }

    /// profanity 0.13 speaks version 2 alone: nothing happens unless that is allowed, and it is said what was offered.
    @Test(arguments: ForeignPeer.OTRImplementation.allCases) func anOldVersionIsSaidToBeOffered(
        peer: ForeignPeer.OTRImplementation
    ) throws {
        let talk = try OTRTalk(peer, .known, peerVersions: [2])
        try talk.theirs("query")
        #expect(talk.events.contains { if case .offered(let versions) = $0 { versions.contains(2) } else { false } })
        #expect(talk.failures == [.unsupported] && !talk.isPrivate && talk.session.phase == .fresh)
        #expect(!talk.wire.contains { $0.isOurs })
    }

    /// A tag in a message that anybody can read starts nothing unless that is allowed.
    @Test(arguments: [OTRPolicy.Answers.nothing, .queries, .tags]) func aTagStartsWhatThePolicySays(
        answers: OTRPolicy.Answers
    ) throws {
        let talk = try OTRTalk(.libotr, OTRPolicy(answers: answers), peerTags: true)
        try talk.theirs("send", ["text": "in the clear"])
        #expect(talk.wire.first?.body.contains("in the clear") == true)
        #expect(talk.isPrivate == (answers == .tags))
        #expect(talk.texts.isEmpty, "what was said in the clear is not private")
        if answers != .tags {
            #expect(talk.session.offer?.form == .tag && !talk.wire.contains { $0.isOurs })
            try talk.ours { () throws(SessionError) in try talk.session.start(at: OTRTalk.now) }
            #expect(talk.isPrivate)
        }
    }

    @Test(arguments: [false, true]) func nobodyAnswersAStranger(byKeyExchange: Bool) throws {
        let talk = try OTRTalk(.libotr, .stranger)
        if byKeyExchange {
            try talk.theirs("receive", ["body": "?OTRv3?"])
        } else {
            try talk.theirs("query")
        }
        #expect(!talk.wire.contains { $0.isOurs } && talk.session.phase == .fresh)
        #expect(talk.session.offer?.form == (byKeyExchange ? .keyExchange : .query))
        try talk.ours { () throws(SessionError) in try talk.session.start(at: OTRTalk.now) }
        #expect(talk.isPrivate && talk.session.offer == nil)
    }

    // MARK: Messages

    @Test(arguments: Case.all) func manyMessagesInTurnsAndBursts(each: Case) throws {
        let talk = try talk(each)
        var (said, heard): ([String], [String]) = ([], [])
        for round in 0..<12 {
            for number in 0...(round % 4) {
                said.append("ours \(round) \(number) \u{1F512}")
                try talk.say(said[said.count - 1])
            }
            for number in 0...(round % 3) {
                heard.append("theirs \(round) \(number) ü")
                try talk.theirs("send", ["text": .string(heard[heard.count - 1])])
            }
        }
        #expect(talk.peerTexts == said && talk.texts == heard && talk.failures.isEmpty)
    }

    @Test(arguments: Case.all, [100, 101, 140, 500, 5000]) func messagesInPieces(each: Case, longest: Int) throws {
        let talk = try talk(each, longest: longest)
        let text = String(repeating: "a long message ", count: 100)
        try talk.say(text)
        try talk.theirs("send", ["text": .string(text)])
        #expect(talk.peerTexts == [text] && talk.texts == [text] && talk.failures.isEmpty)
        #expect(talk.wire.filter(\.isOurs).allSatisfy { $0.body.utf8.count <= longest })
    }

    /// A piece that is lost loses its message and no other.
    @Test(arguments: Case.all) func aLostPieceLosesItsMessage(each: Case) throws {
        let talk = try talk(each, longest: 200)
        let before = talk.wire.filter(\.isOurs).count
        talk.isLost = { $0 == before + 1 }
        try talk.say(String(repeating: "lost ", count: 100))
        talk.isLost = { _ in false }
        #expect(talk.peerTexts.isEmpty)
        try talk.say("the next one")
        #expect(talk.peerTexts == ["the next one"])
    }

    /// Pieces that come again, all of them or in another order, show nothing a second time and harm no other message.
    @Test(arguments: Case.all) func repeatedPiecesShowNothingTwice(each: Case) throws {
        let talk = try talk(each, longest: 140)
        let before = talk.wire.count
        let text = String(repeating: "twice ", count: 60)
        try talk.theirs("send", ["text": .string(text)])
        let pieces = talk.wire[before...].filter { !$0.isOurs }.map(\.body)
        #expect(pieces.count > 3 && talk.texts == [text])
        for piece in pieces + pieces.reversed() + pieces.flatMap({ [$0, $0] }) {
            let again = Incoming(
                .body(piece), from: try JID("bob@example.org/x"), to: try JID("alice@example.org/home"))
            let step = try? talk.session.decrypt(again, at: talk.clock)
            #expect(step?.plaintext == nil)
        }
        try talk.theirs("send", ["text": "once"])
        #expect(talk.texts == [text, "once"])
    }

    // MARK: Verification

    /// A comparison.
    struct Comparison: CustomTestStringConvertible, Sendable {
        let question: String?
        let isRight: Bool

        static let all = [nil, "Where did we meet?"].flatMap { question in
            [true, false].map { Comparison(question: question, isRight: $0) }
        }

        var testDescription: String { "\(question ?? "secret"), \(isRight ? "right" : "wrong")" }
    }

    @Test(arguments: Case.all, Comparison.all) func weAsk(each: Case, comparison: Comparison) throws {
        let (question, isRight) = (comparison.question, comparison.isRight)
        let talk = try talk(each)
        let secret = SharedSecret(copying: Array("in the park".utf8))
        try talk.ours { () throws(SessionError) in
            try talk.session.verify(secret, question: question, at: OTRTalk.now)
        }
        if let question { #expect(talk.peerEvents.contains("question:\(question)")) }
        try talk.theirs("answer", ["secret": isRight ? "in the park" : "at home"])
        #expect(talk.session.peerKey?.trust == (isRight ? .verified : .firstUse))
        let last = talk.events.last { if case .verification = $0 { true } else { false } }
        let key = try #require(talk.session.peerKey?.key)
        // potr gives up where the secrets differ, and says no more; that is a guess as well
        let isGuess: Event.Verification = each.peer == .potr ? .aborted : .failed
        #expect(last == .verification(isRight ? .succeeded(key, peerProved: true) : isGuess))
        #expect(talk.session.verificationLimit.failures.count == (isRight ? 0 : 1))
        try talk.say("goes on")
        #expect(talk.peerTexts == ["goes on"])
    }

    @Test(arguments: Case.all, Comparison.all) func theyAsk(each: Case, comparison: Comparison) throws {
        let (question, isRight) = (comparison.question, comparison.isRight)
        let talk = try talk(each)
        if let question {
            try talk.theirs("smp", ["secret": "in the park", "question": .string(question)])
        } else {
            try talk.theirs("smp", ["secret": "in the park"])
        }
        #expect(talk.events.contains(.verification(.asked(question: question))))
        let answer = SharedSecret(copying: Array((isRight ? "in the park" : "at home").utf8))
        try talk.ours { () throws(SessionError) in try talk.session.answer(answer, at: OTRTalk.now) }
        // whoever answers a question has proved something, and learned nothing
        #expect(talk.session.peerKey?.trust == (isRight && question == nil ? .verified : .firstUse))
        #expect(talk.peerEvents.contains(isRight ? "smpSuccess" : "smpFailure") || each.peer == .potr)
        try talk.say("goes on")
        #expect(talk.peerTexts == ["goes on"])
    }

    /// Each comparison that fails is a guess.
    @Test func whoGuessesIsStopped() throws {
        let talk = try talk(Case(peer: .libotr, version: .v3))
        for number in 0..<3 {
            try talk.theirs("smp", ["secret": .string("guess \(number)")])
            let secret = SharedSecret(copying: Array("secret".utf8))
            try talk.ours { () throws(SessionError) in try talk.session.answer(secret, at: OTRTalk.now) }
        }
        talk.events = []
        talk.peerEvents = []
        try talk.theirs("smp", ["secret": "secret"])
        #expect(talk.events == [.verification(.aborted)])
        #expect(talk.peerEvents.contains("smpAbort"))
        let secret = SharedSecret(copying: Array("secret".utf8))
        #expect(throws: SessionError.limitExceeded) { try talk.session.verify(secret, at: OTRTalk.now) }
        // an hour later there is another guess
        let later = Timestamp(milliseconds: OTRTalk.now.milliseconds + VerificationLimit.window)
        try talk.ours { () throws(SessionError) in try talk.session.verify(secret, at: later) }
        try talk.theirs("answer", ["secret": "secret"])
        #expect(talk.session.peerKey?.trust == .verified)
    }

    // MARK: The end

    @Test(arguments: Case.all, [true, false]) func theEndIsTheEndForBoth(each: Case, isOurs: Bool) throws {
        let talk = try talk(each)
        if isOurs {
            try talk.ours { () throws(SessionError) in try talk.session.end(at: OTRTalk.now) }
            #expect(talk.peerEvents.contains("peerEnded"))
        } else {
            try talk.theirs("end")
            #expect(talk.events.contains(.endedByPeer))
        }
        #expect(talk.session.phase == .ended)
        #expect(throws: SessionError.ended) { try talk.session.encrypt(.text("nobody reads this"), at: OTRTalk.now) }
        try talk.ours { () throws(SessionError) in try talk.session.start(at: OTRTalk.now) }
        #expect(talk.isPrivate)
        try talk.say("again")
        #expect(talk.peerTexts == ["again"])
    }

    // MARK: Files

    /// libotr has our key out of the file that is written for it.
    @Test(arguments: [("bob@example.org", "prpl-jabber")]) func libotrReadsOurKeys(name: String, network: String) throws
    {
        let key = try OTRPrivateKey.generate(for: try BareJID("bob@example.org"))
        let file = try LibotrFiles.keys([(name, key)], network: network)
        let peer = try ForeignPeer(program: "libotr")
        let created = try peer.ask(
            "create",
            [
                "account": .string(name), "peer": "alice@example.org", "versions": [3],
                "keys": .string(String(decoding: file.exposed(), as: UTF8.self)),
            ])
        #expect(created["fingerprint"]?.string == key.fingerprint.hex.lowercased())
    }

    // MARK: What the network does

    /// Every message of a conversation again, and in another place: nothing is shown twice, and the conversation goes on.
    @Test(arguments: Case.all) func repeatedMessagesAreNotShownTwice(each: Case) throws {
        let talk = try talk(each)
        try talk.theirs("send", ["text": "once"])
        let theirs = talk.wire.filter { !$0.isOurs }.map(\.body)
        let incoming = try #require(theirs.last)
        for _ in 0..<3 {
            let again = Incoming(
                .body(incoming), from: try JID("bob@example.org/x"), to: try JID("alice@example.org/home"))
            let step = try? talk.session.decrypt(again, at: OTRTalk.now)
            #expect(step?.plaintext == nil)
        }
        try talk.theirs("send", ["text": "twice"])
        #expect(talk.texts == ["once", "twice"])
    }

    /// The text of somebody in between, in the middle of a private conversation, is never shown as private.
    @Test(arguments: Case.all) func plainTextIsNotPrivate(each: Case) throws {
        let talk = try talk(each)
        let plain = Incoming(
            .body("send the money"), from: try JID("bob@example.org/x"), to: try JID("alice@example.org/home"))
        let step = try talk.session.decrypt(plain, at: OTRTalk.now)
        #expect(step.plaintext == nil && step.failure == .unauthentic && step.events.contains(.unencrypted))
        try talk.say("still here")
        #expect(talk.peerTexts == ["still here"])
    }
}
