// Owns what Tern writes, and that gpg reads it: to every key, signed, with everything that XEP-0373 and XEP-0374 ask for.

import Foundation
import Testing

import TernCore
import TernCrypto
import TernPGP
import TernXML

@Suite(.serialized) struct EncryptionTests {
    private let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970) * 1000)

    /// What gpg makes of the one message of a step.
    private func read(_ step: Step, _ rig: GnuPGRig) throws -> (text: [UInt8], element: Element) {
        let outbound = try #require(step.outbound.first)
        guard case .element(let element) = outbound.payload else { throw SessionError.malformed }
        let bytes = try Base64.decode(element.text)
        return (try rig.gpg("a", ["-d"], bytes), outbound.stanza(id: "m1"))
    }

    @Test("XEP-0373 §3.1, XEP-0374 §3: gpg reads what was signed and encrypted, and finds all that has to be there")
    func seals() async throws {
        try await GnuPGRig.use { rig in
            let session = try rig.session()
            let step = try await run(session, at: now) { try $0.encrypt(.text("grüß dich"), at: now) }.last
            #expect(step.failure == nil && step.needs.isEmpty)
            let (text, stanza) = try read(step, rig)
            let content = try XMLParser.parse(text)
            #expect(content.matches("signcrypt", "urn:xmpp:openpgp:0"))
            #expect(content.elements("to").map { $0["jid"] } == ["alice@example.org"])
            #expect(content.only("time")?["stamp"] == now.xmpp)
            #expect(content.only("rpad") != nil)
            #expect(
                content.only("payload")?.elements
                    == [Element("body", namespace: "jabber:client", text: "grüß dich")])
            #expect(stanza["to"] == "alice@example.org" && stanza["type"] == "chat")
            #expect(stanza.only("body") != nil)
            #expect(stanza.only("store", namespace: "urn:xmpp:hints") != nil)
            #expect(stanza.only("encryption", namespace: "urn:xmpp:eme:0")?["namespace"] == "urn:xmpp:openpgp:0")

            // signed by Bob, and readable to him: the second recipient
            let bytes = try #require(try OXMessage.bytes(in: stanza))
            let log = try rig.status("a", ["-d"], bytes)
            #expect(log.filter { $0.hasPrefix("ENC_TO") }.count == 2)
            #expect(log.contains { $0.hasPrefix("VALIDSIG") && $0.hasSuffix(rig.bobKey) })
            let copy = Incoming(.element(stanza), from: JID(rig.bob), to: JID(rig.alice), origin: .carbon)
            let own = try await run(session, at: now) { try $0.decrypt(copy, at: now) }.last
            #expect(own.plaintext?.content.text == "grüß dich")
            #expect(own.plaintext?.author.jid == rig.bob)
        }
    }

    @Test("XEP-0373 §3.1: the padding's length and content differ from message to message")
    func padding() throws {
        var entropy = SystemEntropy()
        let content = ContentElement(.signcrypt, to: [try BareJID("a@b")], at: now, [])
        var lengths: Set<Int> = []
        for _ in 0..<50 { lengths.insert(try content.bytes(padding: &entropy).count) }
        #expect(lengths.count > 20)
        let sign = try XMLParser.parse(
            ContentElement(.sign, to: [try BareJID("a@b")], at: now, []).bytes(padding: &entropy))
        #expect(sign.elements("rpad").isEmpty)
    }

    @Test("XEP-0374 §2.3: to all keys that are announced, or to none")
    func allKeys() async throws {
        try await GnuPGRig.use { rig in
            let second = try rig.generate("a", "xmpp:\(rig.alice)")
            let both = [rig.aliceKey, second]
            let step = try await run(try rig.session(keys: both), at: now) { try $0.encrypt(.text("x"), at: now) }.last
            let stanza = try #require(step.outbound.first).stanza(id: "1")
            let bytes = try #require(try OXMessage.bytes(in: stanza))
            #expect(try rig.status("a", ["-d"], bytes).filter { $0.hasPrefix("ENC_TO") }.count == 3)

            // one that nobody has decided about
            var correspondent = try rig.correspondent(rig.alice, both)
            let undecided = try Fingerprint(hex: second)
            correspondent.peer[undecided]?.trust = .undecided
            let session = try PGPSession(
                account: rig.bob, with: .account(rig.alice), identity: rig.identity,
                knowing: [rig.alice: correspondent], in: rig.workshop)
            let refused = try await run(session, at: now) { try $0.encrypt(.text("x"), at: now) }.last
            #expect(refused.failure == .untrusted && refused.outbound.isEmpty)
            #expect(refused.events == [.keyUndecided(rig.alice, undecided)])

            // one that a person has refused is left out, and said so
            correspondent.peer[undecided]?.trust = .distrusted
            let other = try PGPSession(
                account: rig.bob, with: .account(rig.alice), identity: rig.identity,
                knowing: [rig.alice: correspondent], in: rig.workshop)
            let left = try await run(other, at: now) { try $0.encrypt(.text("x"), at: now) }.last
            #expect(left.events == [.keyLeftOut(rig.alice, undecided, .distrusted)] && left.outbound.count == 1)
        }
    }

    @Test("Keys that are missing are fetched, looked at, and pinned; the message goes to them")
    func fetches() async throws {
        try await GnuPGRig.use { rig in
            let key = try Fingerprint(hex: rig.aliceKey)
            let certificate = try rig.examine(rig.aliceKey).certificate
            let list = PublicKeyList([.init(key, date: now)]).publication(of: rig.alice)
            let item = PublicKeyItem.publication(of: certificate, of: rig.alice, at: now)
            let nodes = [
                Node(rig.alice, PublicKeyList.node): [Item(id: "current", payload: list.payload)],
                Node(rig.alice, PublicKeyItem.node(of: key)): [Item(id: now.xmpp, payload: item.payload)],
            ]
            func stranger() throws -> PGPSession {
                try PGPSession(
                    account: rig.bob, with: .account(rig.alice), identity: rig.identity,
                    knowing: [rig.alice: PGPCorrespondent(policy: .blind)], in: rig.workshop)
            }
            let session = try stranger()
            let (step, fetched) = try await run(session, at: now, serving: nodes) {
                try $0.encrypt(.text("first"), at: now)
            }
            #expect(fetched == [Node(rig.alice, PublicKeyList.node), Node(rig.alice, PublicKeyItem.node(of: key))])
            #expect(step.events == [.keyAccepted(rig.alice, key)] && step.outbound.count == 1)
            let learned = session.takeLearned()
            #expect(learned.count == 2 && session.takeLearned().isEmpty)

            // no node, another key in it, or a damaged one: nothing is encrypted
            for broken in [[:], nodes.filter { $0.key.name == PublicKeyList.node }] {
                let (step, _) = try await run(try stranger(), at: now, serving: broken) {
                    try $0.encrypt(.text("first"), at: now)
                }
                #expect(step.failure == .materialMissing && step.outbound.isEmpty)
            }
            var lying = nodes
            let mallory = try rig.examine(rig.generate("a", "xmpp:\(rig.alice)")).certificate
            lying[Node(rig.alice, PublicKeyItem.node(of: key))] = [
                Item(id: "1", payload: PublicKeyItem.publication(of: mallory, of: rig.alice, at: now).payload)
            ]
            let refused = try await run(try stranger(), at: now, serving: lying) { try $0.encrypt(.text("x"), at: now) }
            #expect(refused.last.failure == .materialMissing)
        }
    }

    @Test("A key that takes another's place is loud, and nothing is encrypted to it")
    func change() async throws {
        try await GnuPGRig.use { rig in
            let old = try Fingerprint(hex: rig.aliceKey)
            let new = try rig.examine(rig.generate("a", "xmpp:\(rig.alice)")).certificate
            let list = PublicKeyList([.init(new.fingerprint, date: now)])
            var correspondent = try rig.correspondent(rig.alice, [rig.aliceKey])
            correspondent.policy = .firstUse
            correspondent.peer.announced = list.entries
            let session = try PGPSession(
                account: rig.bob, with: .account(rig.alice), identity: rig.identity,
                knowing: [rig.alice: correspondent], in: rig.workshop)
            let item = PublicKeyItem.publication(of: new, of: rig.alice, at: now)
            let nodes = [Node(rig.alice, item.node.name): [Item(id: "1", payload: item.payload)]]
            let (step, _) = try await run(session, at: now, serving: nodes) { try $0.encrypt(.text("x"), at: now) }
            #expect(step.failure == .untrusted && step.outbound.isEmpty)
            #expect(step.events.first == .keyChanged(accepted: old, now: new.fingerprint))
        }
    }

    @Test("Rooms: one message for all members, each named in it")
    func rooms() async throws {
        try await GnuPGRig.use { rig in
            let carol = try BareJID("carol@example.org")
            let room = try BareJID("room@muc.example.org")
            let carolKey = try rig.generate("a", "xmpp:\(carol)")
            let session = try PGPSession(
                account: rig.bob, with: .room(room, members: [rig.alice, carol]), identity: rig.identity,
                knowing: [
                    rig.alice: try rig.correspondent(rig.alice, [rig.aliceKey]),
                    carol: try rig.correspondent(carol, [carolKey]),
                ], in: rig.workshop)
            let step = try await run(session, at: now) { try $0.encrypt(.text("all"), at: now) }.last
            let (text, stanza) = try read(step, rig)
            let content = try ContentElement(text)
            #expect(content.recipients == [rig.alice, carol])
            #expect(stanza["type"] == "groupchat" && stanza["to"] == room.description)

            // and from a member, as the room hands it on
            let said = ContentElement(
                .signcrypt, to: [rig.bob, carol], at: now,
                [
                    Element("body", namespace: "jabber:client", text: "hi")
                ])
            var entropy = SystemEntropy()
            let bytes = try rig.gpg(
                "a", ["-s", "-e", "-u", carolKey, "-r", rig.bobKey], said.bytes(padding: &entropy))
            let element = Element("openpgp", namespace: "urn:xmpp:openpgp:0", text: Base64.encode(bytes.span))
            let incoming = Incoming(.element(element), from: JID(carol), to: JID(rig.bob), room: room)
            let got = try await run(session, at: now) { try $0.decrypt(incoming, at: now) }.last
            #expect(got.plaintext?.author.jid == carol && got.plaintext?.content.text == "hi")
        }
    }

    @Test("XEP-0027 both ways with gpg: never authenticated, and only where that is allowed")
    func legacy() async throws {
        try await GnuPGRig.use { rig in
            let session = try rig.session(as: .pgp)
            let step = try await run(session, at: now) { try $0.encrypt(.text("plain & simple"), at: now) }.last
            let stanza = try #require(step.outbound.first).stanza(id: "1")
            let x = try #require(stanza.only("x", namespace: "jabber:x:encrypted"))
            let lines = x.text.split(separator: "\n")
            #expect(lines.dropLast().allSatisfy { $0.count <= 64 } && lines.last?.first == "=")
            let armor = "-----BEGIN PGP MESSAGE-----\n\n\(x.text)\n-----END PGP MESSAGE-----\n"
            #expect(try rig.gpg("a", ["-d"], Array(armor.utf8)) == Array("plain & simple".utf8))

            let sealed = try String(
                decoding: rig.gpg("a", ["-a", "-e", "-r", rig.bobKey], Array("answer".utf8)), as: UTF8.self)
            let body = sealed.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(2).dropLast(2)
            let spellings = [
                body.joined(separator: "\n"), body.joined(separator: "\r\n"),
                body.filter { !$0.hasPrefix("=") }.joined(separator: "\n"),
                "  " + body.joined(separator: "\n   ") + "\n", sealed,
                "Version: other\n\n" + body.joined(separator: "\n"),
                body.filter { !$0.hasPrefix("=") }.joined(),
            ]
            for text in spellings {
                let incoming = Incoming(
                    .element(Element("x", namespace: "jabber:x:encrypted", text: text)), from: JID(rig.alice),
                    to: JID(rig.bob))
                #expect(throws: SessionError.unauthentic) { try session.decrypt(incoming, at: now) }
                let allowing = try rig.session(as: .pgp)
                allowing.allowsUnauthenticated = true
                let step = try await run(allowing, at: now) { try $0.decrypt(incoming, at: now) }.last
                #expect(
                    step.plaintext?.content == .text("answer"),
                    "\(text.prefix(40)): \(String(describing: step.failure))")
                #expect(step.plaintext?.author.key == nil && step.plaintext?.author.trust == .undecided)
            }
            let broken = Element(
                "x", namespace: "jabber:x:encrypted", text: body.dropLast().joined(separator: "\n") + "\n=AAAA")
            let allowing = try rig.session(as: .pgp)
            allowing.allowsUnauthenticated = true
            #expect(throws: SessionError.unauthentic) {
                try allowing.decrypt(Incoming(.element(broken), from: JID(rig.alice), to: JID(rig.bob)), at: now)
            }
        }
    }

    @Test("XEP-0027: signed presence as gpg makes and accepts it")
    func presence() async throws {
        try await GnuPGRig.use { rig in
            for text in ["", "away & busy", "schläft"] {
                let ours = try rig.workshop.sign(Array(text.utf8), with: rig.identity)
                let element = LegacyMessage.element(signature: ours)
                try rig.verifyDetached(element.text, text)

                let theirs = try rig.gpg("a", ["-b", "-u", rig.aliceKey], Array(text.utf8))
                var presence = Element("presence", namespace: "jabber:client")
                if !text.isEmpty { presence.append(Element("status", namespace: "jabber:client", text: text)) }
                presence.append(LegacyMessage.element(signature: theirs))
                let found = try #require(try LegacyMessage.signature(in: presence))
                let reading = try rig.workshop.verify(
                    found.bytes, of: Array((found.text ?? "").utf8), signers: [rig.examine(rig.aliceKey).certificate])
                #expect(reading.signatures.map(\.verdict) == [.good])
                #expect(reading.signatures.first?.primary?.hex == rig.aliceKey)
                let other = try rig.workshop.verify(
                    found.bytes, of: Array("another status".utf8), signers: [rig.examine(rig.aliceKey).certificate])
                #expect(other.signatures.map(\.verdict) == [.bad])
            }
        }
    }
}
