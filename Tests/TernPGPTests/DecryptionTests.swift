// Owns what may come out of an OX message, and from whom: gpg writes each of them.

import Foundation
import Testing

import TernCore
import TernCrypto
import TernPGP
import TernXML

@Suite(.serialized) struct DecryptionTests {
    private let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970) * 1000)

    private func signcrypt(
        to recipient: String = "bob@example.org", name: String = "signcrypt", text: String = "hello"
    ) -> [UInt8] {
        Array(
            """
            <\(name) xmlns='urn:xmpp:openpgp:0'><to jid='\(recipient)'/><time stamp='\(now.xmpp)'/>\
            <rpad>f0rm1l4n4</rpad><payload><body xmlns='jabber:client'>\(text)</body></payload></\(name)>
            """.utf8)
    }

    /// Runs the job on another thread and gives the last step.
    func open(_ message: [UInt8], _ session: PGPSession, _ rig: GnuPGRig) async throws -> Step {
        let first = try session.decrypt(rig.incoming(message), at: now)
        #expect(first.isWaiting)
        #expect(first.plaintext == nil)
        guard case .work(let job)? = first.needs.first else { throw SessionError.misuse }
        let receipt = await Task.detached { job.run() }.value
        let steps = try session.supply([.worked(receipt)], at: now)
        let last = try #require(steps.first)
        #expect(steps.count == 1 && last.ticket == first.ticket && !last.isWaiting)
        #expect((last.plaintext == nil) == (last.failure != nil))
        return last
    }

    @Test("XEP-0373 §3.1: signed by the sender's key and encrypted to us")
    func opens() async throws {
        try await GnuPGRig.use { rig in
            let message = try rig.gpg("a", ["-s", "-e", "-u", rig.aliceKey, "-r", rig.bobKey], signcrypt())
            let step = try await open(message, rig.session(), rig)
            let plaintext = try #require(step.plaintext)
            #expect(plaintext.content.text == "hello")
            #expect(plaintext.content == .elements([Element("body", namespace: "jabber:client", text: "hello")]))
            #expect(plaintext.author == .init(rig.alice, key: try Fingerprint(hex: rig.aliceKey), trust: .verified))
            #expect(plaintext.claimedTime == now)

            // Base64 is often broken into lines.
            var lines = Base64.encode(message.span)
            lines.insert("\n", at: lines.index(lines.startIndex, offsetBy: 64))
            let element = Element("openpgp", namespace: "urn:xmpp:openpgp:0", text: "\n  " + lines + "\n")
            let incoming = Incoming(.element(element), from: JID(rig.alice), to: JID(rig.bob))
            #expect(try rig.session().decrypt(incoming, at: now).needs.count == 1)
        }
    }

    @Test("A changed bit anywhere gives an error and no plaintext")
    func tampered() async throws {
        try await GnuPGRig.use { rig in
            let text = String(repeating: "a long message ", count: 70)
            let message = try rig.gpg(
                "a", ["-z", "0", "-s", "-e", "-u", rig.aliceKey, "-r", rig.bobKey], signcrypt(text: text))
            let session = try rig.session()
            for place in stride(from: 3, to: message.count, by: message.count / 12) {
                var changed = message
                changed[place] ^= 1 << UInt8(place % 8)
                let step = try await open(changed, session, rig)
                #expect(step.plaintext == nil)
            }
            #expect(try await open(Array(message.dropLast(40)), session, rig).plaintext == nil)
            #expect(try await open(message, session, rig).plaintext?.content.text == text)
        }
    }

    @Test("Not signed, not encrypted, signed by another or twice: refused")
    func unauthentic() async throws {
        try await GnuPGRig.use { rig in
            let session = try rig.session()
            let unsigned = try rig.gpg("a", ["-e", "-r", rig.bobKey], signcrypt())
            #expect(try await open(unsigned, session, rig).failure == .unauthentic)

            let unencrypted = try rig.gpg("a", ["-s", "-u", rig.aliceKey], signcrypt())
            #expect(try await open(unencrypted, session, rig).failure == .unauthentic)

            let mallory = try rig.generate("a", "xmpp:mallory@example.org")
            let unknown = try rig.gpg("a", ["-s", "-e", "-u", mallory, "-r", rig.bobKey], signcrypt())
            #expect(try await open(unknown, session, rig).failure == .materialMissing)
            let knowing = try PGPSession(
                account: rig.bob, with: .account(rig.alice), identity: rig.identity,
                knowing: [
                    rig.alice: try rig.correspondent(rig.alice, [rig.aliceKey]),
                    try BareJID("mallory@example.org"): try rig.correspondent(
                        try BareJID("mallory@example.org"), [mallory]),
                ], in: rig.workshop)
            #expect(try await open(unknown, knowing, rig).failure == .materialMissing)

            let twice = try rig.gpg(
                "a", ["-s", "-e", "-u", rig.aliceKey, "-u", mallory, "-r", rig.bobKey], signcrypt())
            #expect(try await open(twice, session, rig).failure == .unauthentic)

            let forOthers = try rig.gpg("a", ["-s", "-e", "-u", rig.aliceKey, "-r", mallory], signcrypt())
            #expect(try await open(forOthers, session, rig).failure == .notForThisDevice)

            #expect(throws: SessionError.untrusted) {
                try rig.session(trust: .distrusted).decrypt(rig.incoming(unsigned), at: now)
            }
        }
    }

    @Test("XEP-0373 §3.1, XEP-0374 §2.1: the right element, for us")
    func content() async throws {
        try await GnuPGRig.use { rig in
            let session = try rig.session()
            func seal(_ content: [UInt8]) throws -> [UInt8] {
                try rig.gpg("a", ["-s", "-e", "-u", rig.aliceKey, "-r", rig.bobKey], content)
            }
            let passedOn = try seal(signcrypt(to: "carol@example.org"))
            #expect(try await open(passedOn, session, rig).failure == .notForThisDevice)
            #expect(try await open(seal(signcrypt(name: "crypt")), session, rig).failure == .unsupported)
            for text in ["hello", "<signcrypt xmlns='urn:xmpp:openpgp:0'/>", "<!DOCTYPE a><a/>", "\u{0}"] {
                #expect(try await open(seal(Array(text.utf8)), session, rig).failure == .malformed)
            }
        }
    }

    @Test("A message that unpacks to more than is allowed is stopped")
    func bomb() async throws {
        try await GnuPGRig.use { rig in
            let zeros = [UInt8](repeating: 0x20, count: 20_000_000)
            let message = try rig.gpg("a", ["-z", "9", "-s", "-e", "-u", rig.aliceKey, "-r", rig.bobKey], zeros)
            #expect(message.count < 100_000)
            #expect(try await open(message, rig.session(), rig).failure == .limitExceeded)
        }
    }

    @Test("Many messages at once; each step has its ticket; a job can be given back")
    func many() async throws {
        try await GnuPGRig.use { rig in
            let session = try rig.session()
            let message = try rig.gpg("a", ["-s", "-e", "-u", rig.aliceKey, "-r", rig.bobKey], signcrypt())
            let steps = try (0..<PGPSession.outstandingLimit).map { _ in
                try session.decrypt(rig.incoming(message), at: now)
            }
            #expect(throws: SessionError.busy) { try session.decrypt(rig.incoming(message), at: now) }
            let jobs = steps.compactMap { step in
                if case .work(let job)? = step.needs.first { job } else { nil }
            }
            let receipts = await withTaskGroup(of: (Int, Job.Receipt).self) { group in
                for (index, job) in jobs.prefix(6).enumerated() { group.addTask { (index, job.run()) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let read = try session.supply(receipts.map { .worked($0.1) }, at: now)
            #expect(read.map(\.ticket) == receipts.map { steps[$0.0].ticket })
            #expect(read.allSatisfy { $0.plaintext?.content.text == "hello" })
            #expect(throws: SessionError.unexpectedAnswer) {
                try session.supply(receipts.map { .worked($0.1) }, at: now)
            }
            let rest = try session.supply(jobs.dropFirst(6).map { .worked($0.abandon()) }, at: now)
            #expect(rest.count == PGPSession.outstandingLimit - 6)
            #expect(rest.allSatisfy { $0.failure == .abandoned })
        }
    }

    @Test("What is no OX message of this conversation")
    func misuse() async throws {
        try await GnuPGRig.use { rig in
            let session = try rig.session()
            let element = Element("openpgp", namespace: "urn:xmpp:openpgp:0", text: "AAAA")
            let other = Element("openpgp", namespace: "urn:xmpp:openpgp:1", text: "AAAA")
            let (alice, bob) = (JID(rig.alice), JID(rig.bob))
            for incoming in [
                Incoming(.element(element), from: bob, to: bob), Incoming(.element(element), from: alice, to: alice),
                Incoming(.body("AAAA"), from: alice, to: bob),
            ] {
                #expect(throws: SessionError.misuse) { try session.decrypt(incoming, at: now) }
            }
            for element in [
                other, Element("openpgp", namespace: "urn:xmpp:openpgp:0", text: "A"),
                Element("openpgp", namespace: "urn:xmpp:openpgp:0"),
            ] {
                #expect(throws: SessionError.malformed) {
                    try session.decrypt(Incoming(.element(element), from: alice, to: bob), at: now)
                }
            }
            #expect(try await open([0, 1, 2], session, rig).failure == .malformed)
        }
    }

    @Test("A home where GnuPG could not listen is no home")
    func home() throws {
        #expect(throws: SessionError.misuse) { try GnuPGHome(within: "relative") }
        #expect(throws: SessionError.misuse) { try GnuPGHome(within: "/" + String(repeating: "h", count: 72)) }
        #expect(throws: SessionError.store(.failing(code: ENOENT))) {
            try GnuPGHome(within: "/" + String(repeating: "h", count: 69))
        }
    }
}
