// Owns the rules of receipt, each with a message that breaks it: gpg writes what no honest client would.

import Foundation
import Testing

import TernCore
import TernCrypto
import TernPGP
import TernXML

@Suite(.serialized) struct RuleTests {
    private let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970) * 1000)

    private func content(
        stamp: String? = nil, to: String = "<to jid='bob@example.org'/>", padding: String = "<rpad>x</rpad>"
    ) -> [UInt8] {
        Array(
            """
            <signcrypt xmlns='urn:xmpp:openpgp:0'>\(to)<time stamp='\(stamp ?? now.xmpp)'/>\(padding)<payload>\
            <body xmlns='jabber:client'>hello</body></payload></signcrypt>
            """.utf8)
    }

    private func read(
        _ message: [UInt8], _ rig: GnuPGRig, _ session: PGPSession? = nil
    ) async throws -> Step {
        let incoming = try rig.incoming(message)
        return try await run(try session ?? rig.session(), at: now) { try $0.decrypt(incoming, at: now) }.last
    }

    @Test("What others spell in another way is read, and told")
    func tolerated() async throws {
        try await GnuPGRig.use { rig in
            func seal(_ content: [UInt8]) throws -> [UInt8] {
                try rig.gpg("a", ["-s", "-e", "-u", rig.aliceKey, "-r", rig.bobKey], content)
            }
            // profanity's time, no padding, a recipient with a resource
            let spelled = now.xmpp.replacing("Z", with: "+0000")
            let cases: [([UInt8], [Event.Deviation])] = [
                (content(), []), (content(stamp: spelled), [.stamp]), (content(padding: ""), [.padding]),
                (content(to: "<to jid='bob@example.org/phone'/>"), [.fullAddress]),
                (content(stamp: spelled, to: "<to jid='BOB@Example.Org'/>", padding: ""), [.stamp, .padding]),
                (content(to: "<to jid='bob@example.org'/><to jid='carol@example.org'/>"), []),
            ]
            for (content, deviations) in cases {
                let step = try await read(seal(content), rig)
                #expect(step.plaintext?.content.text == "hello", "\(deviations)")
                #expect(step.events == deviations.map { .tolerated($0) })
            }
            for broken in [
                content(stamp: "yesterday"), content(to: ""), content(to: "<to/>"), content(to: "<to jid='@'/>"),
                Array("<signcrypt xmlns='urn:xmpp:openpgp:1'/>".utf8),
            ] {
                do {
                    let step = try await read(try seal(broken), rig)
                    #expect(step.failure == .malformed)
                }
            }
        }
    }

    @Test("A time that cannot be right: ahead of ours, or not that of the signature")
    func time() async throws {
        try await GnuPGRig.use { rig in
            func at(_ seconds: Int64) -> String { Timestamp(milliseconds: now.milliseconds + seconds * 1000).xmpp }
            func seal(_ stamp: String) throws -> [UInt8] {
                try rig.gpg("a", ["-s", "-e", "-u", rig.aliceKey, "-r", rig.bobKey], content(stamp: stamp))
            }
            do {
                let step = try await read(try seal(at(600)), rig)
                #expect(step.plaintext != nil)
            }
            do {
                let step = try await read(try seal(at(7200)), rig)
                #expect(step.failure == .unauthentic)
            }
            // signed today, and said to be of last week
            do {
                let step = try await read(try seal(at(-7 * 86400)), rig)
                #expect(step.failure == .unauthentic)
            }
        }
    }

    @Test("Weak algorithms: a digest that counts for nothing, a cipher with short blocks")
    func weak() async throws {
        try await GnuPGRig.use { rig in
            let seal = ["-s", "-e", "-u", rig.aliceKey, "-r", rig.bobKey]
            for digest in ["SHA1", "RIPEMD160"] {
                let message = try rig.gpg(
                    "a", ["--digest-algo", digest, "--allow-weak-digest-algos"] + seal, content())
                do {
                    let step = try await read(message, rig)
                    #expect(step.failure == .unauthentic)
                }
            }
            for cipher in ["3DES", "CAST5", "BLOWFISH"] {
                let message = try rig.gpg("a", ["--cipher-algo", cipher] + seal, content())
                do {
                    let step = try await read(message, rig)
                    #expect(step.failure == .unsupported)
                }
            }
        }
    }

    @Test("Text beside the signed one: before it, after it, or signed around the encryption")
    func structure() async throws {
        try await GnuPGRig.use { rig in
            let signed = try rig.gpg("a", ["-z", "0", "-s", "-u", rig.aliceKey], content())
            let other = try rig.gpg("a", ["-z", "0", "--store"], content(to: "<to jid='bob@example.org'/>"))
            for stream in [other + signed, signed + other, signed + signed, other, signed.dropLast(80) + []] {
                let message = try rig.gpg("a", ["-z", "0", "--no-literal", "-e", "-r", rig.bobKey], Array(stream))
                let step = try await read(message, rig)
                #expect(step.plaintext == nil && step.failure != nil)
            }
            // encrypted first and signed then: the signature is of nobody who knows what is inside
            let sealed = try rig.gpg("a", ["-e", "-r", rig.bobKey], content())
            let around = try rig.gpg("a", ["-z", "0", "-s", "-u", rig.aliceKey], sealed)
            do {
                let step = try await read(around, rig)
                #expect(step.plaintext == nil)
            }
            let bare = try rig.gpg("a", ["-z", "0", "--no-literal", "-s", "-u", rig.aliceKey], sealed)
            do {
                let step = try await read(bare, rig)
                #expect(step.plaintext == nil)
            }
            // two messages in a row
            let one = try rig.gpg("a", ["-s", "-e", "-u", rig.aliceKey, "-r", rig.bobKey], content())
            do {
                let step = try await read(one + one, rig)
                #expect(step.plaintext == nil)
            }
            do {
                let step = try await read(one + sealed, rig)
                #expect(step.plaintext == nil)
            }
        }
    }

    @Test("Keys that say nothing for their owner: another's address, none, refused, undecided, over, taken back")
    func keys() async throws {
        try await GnuPGRig.use { rig in
            func outcome(_ key: String, _ trust: Trust = .verified) async throws -> SessionError? {
                let message = try rig.gpg("a", ["-s", "-e", "-u", key, "-r", rig.bobKey], content())
                let session = try PGPSession(
                    account: rig.bob, with: .account(rig.alice), identity: rig.identity,
                    knowing: [rig.alice: try rig.correspondent(rig.alice, [key], trust: trust)], in: rig.workshop)
                do { return try await read(message, rig, session).failure } catch let error as SessionError {
                    return error
                }
            }
            #expect(try await outcome(rig.aliceKey) == nil)
            #expect(try await outcome(rig.aliceKey, .undecided) == .untrusted)
            #expect(try await outcome(rig.aliceKey, .distrusted) == .untrusted)
            for user in [
                "alice@example.org", "xmpp:alice@example.org/home", "xmpp:mallory@example.org",
                "XMPP:alice@example.org",
            ] {
                #expect(try await outcome(rig.generate("a", user)) == .unauthentic, "\(user)")
            }
            let message = try rig.gpg("a", ["-s", "-e", "-u", rig.aliceKey, "-r", rig.bobKey], content())
            // signed in time, and read when the key's time is over
            let short = try rig.generate("a", "xmpp:\(rig.alice)")
            let early = try rig.gpg("a", ["-s", "-e", "-u", short, "-r", rig.bobKey], content())
            try rig.gpg("a", ["--quick-set-expire", short, "seconds=1"])
            try await Task.sleep(for: .seconds(2))
            let late = try PGPSession(
                account: rig.bob, with: .account(rig.alice), identity: rig.identity,
                knowing: [rig.alice: try rig.correspondent(rig.alice, [short])], in: rig.workshop)
            do {
                let step = try await read(early, rig, late)
                #expect(step.failure == .unauthentic)
            }
            var ended = try rig.correspondent(rig.alice, [rig.aliceKey])
            let revoked = try rig.workshop.examine(rig.revoked(rig.aliceKey)).get()
            ended.peer[revoked.certificate.fingerprint] = PGPKey(revoked, of: rig.alice, trust: .verified, seen: now)
            let session = try PGPSession(
                account: rig.bob, with: .account(rig.alice), identity: rig.identity, knowing: [rig.alice: ended],
                in: rig.workshop)
            do {
                let step = try await read(message, rig, session)
                #expect(step.failure == .unauthentic)
            }
        }
    }

    @Test("The profile for messages has one way: what is only signed or only encrypted is not taken for a message")
    func profile() async throws {
        try await GnuPGRig.use { rig in
            var entropy = SystemEntropy()
            func element(_ kind: ContentElement.Kind) throws -> [UInt8] {
                try ContentElement(
                    kind, to: [rig.bob], at: now, [Element("body", namespace: "jabber:client", text: "x")]
                )
                .bytes(padding: &entropy)
            }
            let signed = try rig.gpg("a", ["-s", "-u", rig.aliceKey], element(.sign))
            let sealed = try rig.gpg("a", ["-s", "-e", "-u", rig.aliceKey, "-r", rig.bobKey], element(.sign))
            do {
                let step = try await read(signed, rig)
                #expect(step.failure == .unauthentic)
            }
            do {
                let step = try await read(sealed, rig)
                #expect(step.failure == .unsupported)
            }
            // who asks for it gets it, and not in the other's clothes
            let session = try rig.session()
            session.kinds = [.sign]
            do {
                let step = try await read(signed, rig, session)
                #expect(step.plaintext?.content.text == "x")
            }
            do {
                let step = try await read(sealed, rig, session)
                #expect(step.failure == .unsupported)
            }
        }
    }

    @Test("RFC 9580 and the samples of draft-bre-openpgp-samples: what version 4 can read, and the rest refused")
    func samples() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Samples")
        func sample(_ name: String) throws -> [UInt8] {
            try Armor.bytes(in: String(contentsOf: folder.appending(path: name), encoding: .utf8))
        }
        let workshop = PGPWorkshop(within: "/tmp")
        defer { workshop.close() }
        // A.1: its fingerprint, as the RFC has it. GnuPG takes no key without a user id
        let first = try Certificate(try sample("rfc9580-a1.asc"))
        #expect(first.fingerprint.hex == "C959BDBAFA32A2F89A153B678CFDE12197965A9A")
        let sixth = try sample("rfc9580-a3.asc")
        #expect(try workshop.examine(sixth) == .failure(.version(6)))
        let alice = try workshop.takeIdentity(
            SecretBytes(copying: sample("alice.key")), passphrase: nil, at: now)
        #expect(alice.fingerprint.hex == "EB85BB5FA33A75E15E944E63F231550C4F47E38E")
        let examined = try workshop.examine(alice.certificate.bytes).get()
        #expect(examined.userIDs == ["Alice Lovelace <alice@openpgp.example>"] && examined.canEncrypt)
        let signature = try workshop.sign(Array("text".utf8), with: alice)
        let reading = try workshop.verify(signature, of: Array("text".utf8), signers: [alice.certificate])
        #expect(reading.signatures.map(\.verdict) == [.good])
    }

    @Test("No bit can be changed: as many places as TERN_FLIPS says, or a hundred")
    func flips() async throws {
        let count = ProcessInfo.processInfo.environment["TERN_FLIPS"].flatMap { Int($0) } ?? 100
        try await GnuPGRig.use { rig in
            let text = String(repeating: "what nobody else is to read ", count: 40)
            let plain = Array(
                String(decoding: content(), as: UTF8.self).replacing("hello", with: text).utf8)
            let message = try rig.gpg("a", ["-z", "0", "-s", "-e", "-u", rig.aliceKey, "-r", rig.bobKey], plain)
            do {
                let step = try await read(message, rig)
                #expect(step.plaintext?.content.text == text)
            }
            let leaks = try await withThrowingTaskGroup(of: [Int].self) { group in
                for worker in 0..<2 {
                    group.addTask {
                        var leaks: [Int] = []
                        let session = try rig.session()
                        for number in stride(from: worker, to: count, by: 2) {
                            // spread over all bits, each once
                            let bit = number * (message.count * 8) / count
                            var changed = message
                            changed[bit / 8] ^= 1 << UInt8(bit % 8)
                            let step = try? await read(changed, rig, session)
                            if step?.plaintext != nil, changed != message { leaks.append(bit) }
                        }
                        return leaks
                    }
                }
                return try await group.reduce([], +)
            }
            #expect(leaks.isEmpty)
        }
    }
}
