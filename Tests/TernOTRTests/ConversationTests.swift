// Owns what two ends of a conversation can rely on: keys, messages, ends, and what strangers cannot do.

import Testing

import TernCore
import TernCrypto
import TernOTR
import TernXML

@Suite struct ConversationTests {
    @Test("Keys are made as work, exchanged, and each end learns the other's")
    func establishes() async throws {
        let talk = try Talk()
        let first = try talk.alice.session.start(at: now)
        #expect(first.isWaiting)
        #expect(first.outbound.isEmpty)
        #expect(talk.alice.session.phase == .fresh)
        try await talk.alice.carryOut([first])
        #expect(talk.alice.handedOut == [.keyGeneration])
        #expect(talk.alice.outbox == ["?OTRv3?"])
        #expect(talk.alice.session.phase == .negotiating)
        try await talk.settle()
        #expect(talk.alice.session.phase == .established)
        #expect(talk.bob.session.phase == .established)
        let (alices, bobs) = try (#require(talk.alice.session.key), #require(talk.bob.session.key))
        #expect(talk.alice.events == [.keyGenerated(alices.fingerprint), .established(bobs.fingerprint)])
        #expect(talk.bob.events == [.keyGenerated(bobs.fingerprint), .established(alices.fingerprint)])
        #expect(try #require(talk.alice.session.peerKey) == (bobs.fingerprint, .firstUse))
        #expect(talk.alice.failures.isEmpty && talk.bob.failures.isEmpty)
    }

    @Test("Messages go both ways, in order, with their author")
    func talks() async throws {
        let talk = try await Talk.established()
        for index in 0..<20 {
            try await talk.alice.say("a\(index)")
            if index % 3 == 0 { try await talk.settle() }
            try await talk.bob.say("b\(index)")
            if index % 4 == 0 { try await talk.settle() }
        }
        try await talk.settle()
        #expect(talk.bob.texts == (0..<20).map { "a\($0)" })
        #expect(talk.alice.texts == (0..<20).map { "b\($0)" })
        let author = try #require(talk.bob.plaintexts.first).author
        #expect(author.jid == talk.alice.jid.bare)
        #expect(author.key == talk.alice.session.key?.fingerprint)
        #expect(author.trust == .firstUse)
        #expect(talk.alice.failures.isEmpty && talk.bob.failures.isEmpty)
    }

    @Test("XEP-0364 §4: nothing readable leaves, and each message asks not to be copied")
    func stanza() async throws {
        let talk = try await Talk.established()
        let step = try talk.alice.session.encrypt(.text("a secret"), at: now)
        let message = try #require(step.outbound.first)
        #expect(step.outbound.count == 1)
        #expect(message.destination == .chat(talk.bob.jid))
        guard case .body(let body) = message.payload else { return #expect(Bool(false)) }
        #expect(body.hasPrefix("?OTR:AAMD"))
        #expect(!body.contains("secret"))
        #expect(message.companions.map(\.name) == ["no-copy", "no-permanent-store", "private", "encryption"])
    }

    @Test(
        "A text that looks like OTR is a text",
        arguments: ["?OTR?", "?OTRv3?", "?OTR:AAMD", "?OTR Error: x", "<b>&\u{1F512}"])
    func awkwardText(_ text: String) async throws {
        let talk = try await Talk.established()
        try await talk.alice.say(text)
        #expect(talk.alice.outbox.count == 1)
        try await talk.settle()
        #expect(talk.bob.texts == [text])
        #expect(throws: SessionError.unsupported) { try talk.alice.session.encrypt(.text("a\u{0}b"), at: now) }
        #expect(throws: SessionError.unsupported) { try talk.alice.session.encrypt(.text(""), at: now) }
        #expect(throws: SessionError.unsupported) { try talk.alice.session.encrypt(.elements([]), at: now) }
    }

    @Test("A changed message fails and changes nothing")
    func tampered() async throws {
        let talk = try await Talk.established()
        let before = talk.bob.finished.count
        try await talk.alice.say("hello")
        let body = try #require(talk.alice.takeOutbox().first)
        let characters = Array(body.utf8)
        for place in stride(from: 9, to: characters.count - 1, by: 7) {
            var changed = characters
            changed[place] = changed[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            try await talk.bob.receive(String(decoding: changed, as: UTF8.self))
        }
        #expect(talk.bob.plaintexts.isEmpty)
        #expect(talk.bob.failures.count == talk.bob.finished.count - before)
        #expect(talk.bob.session.phase == .established)
        try await talk.bob.receive(body)
        #expect(talk.bob.texts == ["hello"])
        try await talk.bob.receive(body)
        #expect(talk.bob.texts == ["hello"])
        #expect(talk.bob.failures.last == .unauthentic)
    }

    @Test("What is not encrypted is never shown as private")
    func unencrypted() async throws {
        let tag = " \t  \t\t\t\t \t \t \t    \t\t  \t "
        for text in ["hello", "hello" + tag] {
            let talk = try await Talk.established()
            try await talk.bob.receive(text)
            #expect(talk.bob.plaintexts.isEmpty)
            #expect(talk.bob.events.last == .unencrypted)
            #expect(talk.bob.failures == [.unauthentic])
            let fresh = try Talk(bobKey: talk.bob.session.key)
            try await fresh.bob.receive(text)
            try await fresh.bob.receive("?OTR|00000100|00000000,00001,00001,\(text),")
            #expect(fresh.bob.plaintexts.isEmpty)
            #expect(fresh.bob.failures.count == 2)
            #expect(fresh.bob.outbox.isEmpty)
        }
    }

    @Test("After the other end's goodbye nothing is sent until both agree again")
    func ends() async throws {
        let talk = try await Talk.established()
        try await talk.alice.carryOut([talk.alice.session.end(at: now)])
        #expect(talk.alice.session.phase == .ended)
        try await talk.settle()
        #expect(talk.bob.session.phase == .ended)
        #expect(talk.bob.events.last == .endedByPeer)
        for end in [talk.alice, talk.bob] {
            #expect(throws: SessionError.ended) { try end.session.encrypt(.text("hello"), at: now) }
        }
        try await talk.bob.carryOut([talk.bob.session.start(at: now)])
        try await talk.settle()
        try await talk.bob.say("again")
        try await talk.settle()
        #expect(talk.alice.texts == ["again"])
    }

    @Test("Before keys are agreed on nothing is encrypted")
    func fresh() async throws {
        let talk = try Talk()
        #expect(throws: SessionError.noSession) { try talk.alice.session.encrypt(.text("hello"), at: now) }
        try await talk.alice.carryOut([talk.alice.session.start(at: now)])
        #expect(throws: SessionError.noSession) { try talk.alice.session.encrypt(.text("hello"), at: now) }
    }

    @Test("Copies and strangers are refused")
    func misdirected() async throws {
        let talk = try await Talk.established()
        let (from, to) = (talk.alice.jid, talk.bob.jid)
        for origin in [Incoming.Origin.carbon, .archive] {
            #expect(throws: SessionError.notForThisDevice) {
                try talk.bob.session.decrypt(Incoming(.body("?OTRv3?"), from: from, to: to, origin: origin), at: now)
            }
        }
        for stranger in ["mallory@example.org/home", "alice@example.org/other"] {
            let incoming = Incoming(.body("?OTRv3?"), from: try JID(stranger), to: to)
            #expect(throws: SessionError.misuse) { try talk.bob.session.decrypt(incoming, at: now) }
        }
        #expect(talk.bob.session.phase == .established)
    }

    @Test("Another key is announced, and nothing passes until it is accepted")
    func keyChange() async throws {
        let talk = try await Talk.established()
        let first = try #require(talk.alice.session.key).fingerprint
        let other = try End("alice@example.org/home", with: "bob@example.org/work")
        let second = Talk(alice: other, bob: talk.bob)
        try await other.carryOut([other.session.start(at: now)])
        try await second.settle()
        let changed = try #require(other.session.key).fingerprint
        #expect(talk.bob.events.contains(.keyChanged(accepted: first, now: changed)))
        try await other.say("it is me")
        try await second.settle()
        #expect(talk.bob.plaintexts.isEmpty)
        #expect(talk.bob.failures == [.untrusted])
        // To the key that was accepted, messages still go.
        try await talk.bob.say("who is there?")
        let body = try #require(talk.bob.takeOutbox().first)
        try await talk.alice.receive(body)
        #expect(talk.alice.texts == ["who is there?"])
        talk.bob.session.accept(changed, trust: .verified)
        try await other.say("it is me")
        try await second.settle()
        #expect(talk.bob.texts == ["it is me"])
        #expect(talk.bob.plaintexts.last?.author.trust == .verified)
    }

    @Test("An error message, which anybody can forge, brings no text out again")
    func noResend() async throws {
        let talk = try await Talk.established()
        try await talk.bob.say("a secret")
        _ = talk.bob.takeOutbox()
        try await talk.bob.receive("?OTR Error: could not read")
        #expect(talk.bob.events.last == .peerReportedError)
        let other = try End("alice@example.org/home", with: "bob@example.org/work")
        try await other.carryOut([other.session.start(at: now)])
        try await Talk(alice: other, bob: talk.bob).settle()
        #expect(other.session.phase == .established)
        #expect(other.plaintexts.isEmpty)
    }

    @Test(
        "Other versions and broken messages are told apart from silence",
        arguments: [
            ("?OTRv2?", SessionError.unsupported), ("?OTRv4?", .unsupported), ("?OTR:AAID====.", .unsupported),
            ("?OTR:===.", .unsupported), ("?OTR:", .unsupported),
        ])
    func unsupported(_ body: String, _ error: SessionError) async throws {
        let talk = try await Talk.established()
        try await talk.bob.receive(body)
        #expect(talk.bob.failures == [error])
        #expect(talk.bob.session.phase == .established)
    }

    /// CVE-2012-3461 (nothing to decode), CVE-2016-2851 (lengths that overflow), and pieces that no message has.
    @Test("What other clients have died of", arguments: [false, true])
    func historicInputs(isEstablished: Bool) async throws {
        let talk = isEstablished ? try await Talk.established() : try Talk()
        var bodies = [
            "?OTR:===.", "?OTR:.", "?OTR:=", "?OTR:AAMD.", "?OTR:AAIDAAA=", "?OTR,1,1,,", "?OTR,0,0,x,", "?OTR,2,1,x,",
            "?OTR,65535,65535,x,", "?OTR,65536,65537,x,", "?OTR,1,99999999999999999999,x,", "?OTR,1,2", "?OTR,1,2,",
            "?OTR|,1,1,x,", "?OTR|0|0,00001,00001,x,", "?OTR|ffffffff|ffffffff,00001,00002,x,", "?OTR|zz|zz,1,1,x,",
            "?OTR Error:", "?OTR Error:" + String(repeating: "%n%s", count: 1000), "?OTRv",
            "?OTR?v" + String(repeating: "3", count: 9999),
            "?OTR:" + String(repeating: "A", count: 100_000) + ".", "?OTR:" + String(repeating: "?OTR:", count: 1000),
        ]
        for version in [2, 3] as [UInt8] {
            for type in [0x02, 0x0a, 0x11, 0x12, 0x03] as [UInt8] {
                for length in [[0xff, 0xff, 0xff, 0xff], [0x7f, 0xff, 0xff, 0xff], [0, 0, 0, 0], [0, 0, 0, 1]]
                    as [[UInt8]]
                {
                    for count in [0, 1, 4, 9, 40] {
                        var raw: [UInt8] = [0, version, type]
                        if version == 3 { raw += [0, 0, 1, 0, 0, 0, 0, 0] }
                        if type == 3 { raw += [0, 0, 0, 0, 1, 0, 0, 0, 1] }
                        for _ in 0..<count { raw += length }
                        bodies.append("?OTR:" + Base64.encode(raw.span) + ".")
                    }
                }
            }
        }
        for body in bodies {
            do throws(SessionError) {
                let step = try talk.bob.session.decrypt(
                    Incoming(.body(body), from: talk.bob.peer, to: talk.bob.jid), at: now)
                #expect(step.plaintext == nil)
                for case .work(let job) in step.needs { _ = try talk.bob.session.supply([.worked(job.run())], at: now) }
            } catch {
                #expect(error != .misuse, "\(body.prefix(60))")
            }
        }
        guard isEstablished else { return }
        try await talk.alice.say("still here")
        try await talk.settle()
        #expect(talk.bob.texts.contains("still here"))
    }

    @Test("Fragments are bounded")
    func fragments() async throws {
        let talk = try await Talk.established()
        let piece = String(repeating: "A", count: 200_000)
        var refused = 0
        for index in 1...20 {
            let body = "?OTR|00000100|00000000,\(index),00100,\(piece),"
            do { try await talk.bob.receive(body) } catch SessionError.limitExceeded { refused += 1 }
        }
        #expect(refused >= 1)
        await #expect(throws: SessionError.limitExceeded) {
            try await talk.bob.receive(String(repeating: "A", count: OTRSession.lengthLimit + 1))
        }
        try await talk.alice.say("still here")
        try await talk.settle()
        #expect(talk.bob.texts == ["still here"])
    }
}
