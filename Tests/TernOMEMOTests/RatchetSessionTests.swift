// Owns the proof that a ratchet fits behind `Session`. It must not know the ratchet's insides.

import Dispatch
import TernCore
import TernCrypto
import TernOMEMO
import TernRatchet
import TernXML
import Testing

@Suite struct RatchetSessionTests {
    private let now = Timestamp(seconds: 1_700_000_000)

    @Test func twoDevicesTalkThroughStepsAlone() throws {
        let (alice, bob) = try pair()
        #expect(alice.phase == .fresh)

        let first = try alice.encrypt(.text("one"), at: now)
        #expect(first.isWaiting)
        #expect(alice.phase == .negotiating)
        let second = try alice.encrypt(.text("two"), at: now)
        #expect(second.isWaiting && second.needs.isEmpty)
        let sent = try run(first, on: alice)
        #expect(sent.map(\.ticket) == [first.ticket, second.ticket])
        #expect(alice.phase == .established)

        // the second arrives first, and begins the session on the other side
        let waiting = try bob.decrypt(incoming(sent[1], from: "alice", to: "bob"), at: now)
        let late = try bob.decrypt(incoming(sent[0], from: "alice", to: "bob"), at: now)
        #expect(late.isWaiting)
        let read = try run(waiting, on: bob)
        #expect(read.map { $0.plaintext?.content.text } == ["two", "one"])

        let answer = try bob.encrypt(.text("three"), at: now)
        #expect(
            try alice.decrypt(incoming(answer, from: "bob", to: "alice"), at: now).plaintext?.content.text == "three")
        let last = try alice.encrypt(.text("four"), at: now)
        let key = try #require(last.element?.first("header")?.first("key"))
        #expect(key["prekey"] == nil, "the key exchange is repeated only until it was answered")
        #expect(try bob.decrypt(incoming(last, from: "alice", to: "bob"), at: now).plaintext?.content.text == "four")
    }

    @Test func workRunsOnAnotherThread() throws {
        let (alice, _) = try pair()
        let step = try alice.encrypt(.text("one"), at: now)
        guard case .work(let job)? = step.needs.first else {
            Issue.record("a key agreement is work")
            return
        }
        let finished = DispatchSemaphore(value: 0)
        nonisolated(unsafe) var receipt: Job.Receipt?
        DispatchQueue.global().async {
            unsafe receipt = job.run()
            finished.signal()
        }
        finished.wait()
        let steps = unsafe try alice.supply([.worked(try #require(receipt))], at: now)
        #expect(steps.first?.outbound.count == 1)
    }

    @Test func anAbandonedAgreementFailsWhatWaited() throws {
        let (alice, _) = try pair()
        let step = try alice.encrypt(.text("one"), at: now)
        guard case .work(let job)? = step.needs.first else { return }
        #expect(try alice.supply([.worked(job.abandon())], at: now).map(\.failure) == [.abandoned])
        #expect(alice.phase == .fresh)
        #expect(throws: SessionError.unexpectedAnswer) { try alice.supply([.worked(job.run())], at: now) }
    }

    @Test func aForgedExchangeLeavesNothing() throws {
        let (alice, bob) = try pair()
        let sent = try run(alice.encrypt(.text("one"), at: now), on: alice)
        let forged = try tampered(sent[0])
        let waiting = try bob.decrypt(incoming(forged, from: "alice", to: "bob"), at: now)
        #expect(try run(waiting, on: bob).map(\.failure) == [.unauthentic])
        #expect(bob.phase == .fresh)
        let genuine = try bob.decrypt(incoming(sent[0], from: "alice", to: "bob"), at: now)
        #expect(try run(genuine, on: bob).first?.plaintext?.content.text == "one")
    }

    @Test func whatWaitsBehindAForgedExchangeIsNotLost() throws {
        for isKeyBad in [false, true] {
            let (alice, bob) = try pair()
            let sent = try run(alice.encrypt(.text("one"), at: now), on: alice)
            let second = try alice.encrypt(.text("two"), at: now)
            let forged = isKeyBad ? try withZeroBaseKey(sent[0]) : try tampered(sent[0])
            let failing = try bob.decrypt(incoming(forged, from: "alice", to: "bob"), at: now)
            let genuine = try bob.decrypt(incoming(sent[0], from: "alice", to: "bob"), at: now)
            let next = try bob.decrypt(incoming(second, from: "alice", to: "bob"), at: now)
            let steps = try run(failing, on: bob)
            #expect(steps.map(\.ticket) == [failing.ticket, genuine.ticket])
            #expect(steps[0].failure == (isKeyBad ? .malformed : .unauthentic))
            #expect(steps[1].isWaiting)
            let read = try run(steps[1], on: bob)
            #expect(read.map(\.ticket) == [genuine.ticket, next.ticket])
            #expect(read.map { $0.plaintext?.content.text } == ["one", "two"])
        }
    }

    @Test func whatIsSaidBesideABodyIsNotDropped() throws {
        let (alice, _) = try established()
        let body = Element("body", namespace: "jabber:client", text: "hello")
        let thread = Element("thread", namespace: "jabber:client", text: "1")
        #expect(throws: SessionError.unsupported) { try alice.encrypt(.elements([body, thread]), at: now) }
        #expect(try alice.encrypt(.elements([body]), at: now).outbound.count == 1)
    }

    /// Each bit of a key exchange: it fails and leaves nothing, or it belongs to what says nothing.
    @Test func everyBitOfAnExchangeCounts() throws {
        let (alice, everyBob) = try company(17)
        var bobs = everyBob
        var bob = bobs.removeLast()
        let sent = try run(alice.encrypt(.text("one"), at: now), on: alice)
        let element = try #require(sent[0].element)
        let bytes = try Base64.decode(#require(element.first("header")?.first("key")).text)
        var opened: Set<Int> = []
        for bit in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            let changed = try incoming(replacingKey(in: element, by: damaged), from: "alice", to: "bob")
            guard let step = try? bob.decrypt(changed, at: now) else {
                #expect(bob.phase == .fresh)
                continue
            }
            let last = try #require(run(step, on: bob).first)
            guard last.failure == nil else {
                #expect(last.plaintext == nil && bob.phase == .fresh, "bit \(bit)")
                continue
            }
            #expect(last.plaintext?.content.text == "one")
            opened.insert(bytes.count - bit / 8)
            let twin = bobs.popLast()
            bob = try #require(twin)
        }
        // the version byte, whose lower half nobody reads, and the registration id: at the end are two numbers of two bytes
        #expect(opened.isSubset(of: [bytes.count, 4, 3]))
        let genuine = try bob.decrypt(incoming(sent[0], from: "alice", to: "bob"), at: now)
        #expect(try run(genuine, on: bob).first?.plaintext?.content.text == "one")
    }

    @Test func whatIsRefusedChangesNothing() throws {
        let (alice, bob) = try established()
        let step = try alice.encrypt(.text("five"), at: now)
        let before = bob.inspection
        let element = try #require(step.element)

        #expect(throws: SessionError.unauthentic) {
            try bob.decrypt(incoming(tampered(step), from: "alice", to: "bob"), at: now)
        }
        var payload = try #require(element.first("payload"))
        payload = Element("payload", namespace: payload.namespace, text: "AAAA")
        let header = try #require(element.first("header"))
        let swapped = Element("encrypted", namespace: element.namespace, elements: [header, payload])
        #expect(throws: SessionError.unauthentic, "the payload's tag is checked before the ratchet moves") {
            try bob.decrypt(incoming(swapped, from: "alice", to: "bob"), at: now)
        }
        #expect(bob.inspection == before)

        #expect(try bob.decrypt(incoming(step, from: "alice", to: "bob"), at: now).plaintext?.content.text == "five")
        #expect(throws: SessionError.duplicate) {
            try bob.decrypt(incoming(step, from: "alice", to: "bob"), at: now)
        }
    }

    @Test func anotherImplementationsMessagesOpen() throws {
        let keys = DeviceKeys(
            identity: IdentityKeyPair(seed: try Secret<32>(copying: bytes(Recording.identitySeed))),
            signedPreKey: .init(id: Recording.signedPreKeyID, pair: try keyPair(Recording.signedPreKey)),
            preKey: .init(id: Recording.preKeyID, pair: try keyPair(Recording.preKey)))
        let bob = RatchetSession(
            keys, own: try address("bob@example.net", 2222), peer: try address("alice@example.org", 1111),
            peerPreKeys: nil)
        let second = try incoming(XMLParser.parse(Array(Recording.second.utf8)), "alice@example.org", "bob@example.net")
        let first = try incoming(XMLParser.parse(Array(Recording.first.utf8)), "alice@example.org", "bob@example.net")
        #expect(try run(bob.decrypt(second, at: now), on: bob).first?.plaintext?.content.text == Recording.secondText)
        #expect(try bob.decrypt(first, at: now).plaintext?.content.text == Recording.firstText)
    }
}

// MARK: - The host

extension RatchetSessionTests {
    /// Does a step's work, and gives what the session makes of it.
    private func run(_ step: Step, on session: RatchetSession) throws -> [Step] {
        guard case .work(let job)? = step.needs.first else {
            Issue.record("the step wants no work")
            return []
        }
        return try session.supply([.worked(job.run())], at: now)
    }

    private func pair() throws -> (RatchetSession, RatchetSession) {
        let (alice, bobs) = try company(1)
        return (alice, bobs[0])
    }

    /// Alice, and Bob before his first message so many times.
    private func company(_ count: Int) throws -> (RatchetSession, [RatchetSession]) {
        var entropy = SystemEntropy()
        let aliceKeys = keys(&entropy)
        let bobKeys = keys(&entropy)
        let encoded = Suite.omemo03.encode(bobKeys.signedPreKey.pair.publicKey)
        let signature = bobKeys.identity.sign(encoded.span, suite: .omemo03, entropy: &entropy)
        let signed = try SignedPreKey(
            id: 1, key: bobKeys.signedPreKey.pair.publicKey, signature: signature.span,
            identity: bobKeys.identity.publicKey(for: .omemo03), suite: .omemo03)
        let oneTime = PreKey(id: 2, key: bobKeys.preKey.pair.publicKey)
        let alice = try address("alice@example.org", 11)
        let bob = try address("bob@example.org", 22)
        return (
            RatchetSession(aliceKeys, own: alice, peer: bob, peerPreKeys: (signed, oneTime)),
            (0..<count).map { _ in RatchetSession(bobKeys, own: bob, peer: alice, peerPreKeys: nil) }
        )
    }

    private func established() throws -> (RatchetSession, RatchetSession) {
        let (alice, bob) = try pair()
        let sent = try run(alice.encrypt(.text("one"), at: now), on: alice)
        _ = try run(bob.decrypt(incoming(sent[0], from: "alice", to: "bob"), at: now), on: bob)
        _ = try alice.decrypt(incoming(bob.encrypt(.text("two"), at: now), from: "bob", to: "alice"), at: now)
        return (alice, bob)
    }

    private func keys(_ entropy: inout SystemEntropy) -> DeviceKeys {
        DeviceKeys(
            identity: IdentityKeyPair(seed: Secret<32>(from: &entropy)),
            signedPreKey: .init(id: 1, pair: X25519KeyPair(X25519PrivateKey(from: &entropy))),
            preKey: .init(id: 2, pair: X25519KeyPair(X25519PrivateKey(from: &entropy))))
    }

    private func address(_ jid: String, _ device: UInt32) throws -> DeviceAddress {
        DeviceAddress(try BareJID(jid), try DeviceID(device))
    }

    private func incoming(_ step: Step, from sender: String, to recipient: String) throws -> Incoming {
        try incoming(#require(step.element), from: sender, to: recipient)
    }

    private func incoming(_ element: Element, from sender: String, to recipient: String) throws -> Incoming {
        try incoming(element, sender + "@example.org", recipient + "@example.org")
    }

    private func incoming(_ element: Element, _ sender: String, _ recipient: String) throws -> Incoming {
        Incoming(.element(element), from: JID(try BareJID(sender)), to: JID(try BareJID(recipient)))
    }

    /// The step's element with the last byte of its key changed.
    private func tampered(_ step: Step) throws -> Element {
        let element = try #require(step.element)
        let key = try #require(element.first("header")?.first("key"))
        var bytes = try Base64.decode(key.text)
        // behind the tag a key exchange has two numbers of two bytes each
        let place = bytes.count - (key["prekey"] == nil ? 1 : 5)
        bytes[place] ^= 1
        return try replacingKey(in: element, by: bytes)
    }

    /// The step's key exchange under an ephemeral key of small order.
    private func withZeroBaseKey(_ step: Step) throws -> Element {
        let element = try #require(step.element)
        var bytes = try Base64.decode(#require(element.first("header")?.first("key")).text)
        let start = try #require(bytes.indices.first { bytes[$0...].starts(with: [0x12, 33, 5]) })
        for place in start + 3..<start + 35 { bytes[place] = 0 }
        return try replacingKey(in: element, by: bytes)
    }

    private func replacingKey(in element: Element, by bytes: [UInt8]) throws -> Element {
        var header = try #require(element.first("header"))
        let key = try #require(header.first("key"))
        let iv = try #require(header.first("iv"))
        var changed = Element("key", namespace: key.namespace, text: Base64.encode(bytes.span))
        for attribute in key.attributes { changed[attribute.name] = attribute.value }
        let sid = header["sid"]
        header = Element("header", namespace: header.namespace, elements: [changed, iv])
        header["sid"] = sid
        return Element(
            "encrypted", namespace: element.namespace, elements: [header, try #require(element.first("payload"))])
    }

    private func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.utf8.map { UInt8($0 > 57 ? $0 - 87 : $0 - 48) }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    private func keyPair(_ hex: String) throws -> X25519KeyPair {
        X25519KeyPair(X25519PrivateKey(try Secret<32>(copying: bytes(hex))))
    }
}

extension Step {
    /// The element that is to be sent.
    fileprivate var element: Element? {
        guard case .element(let element)? = outbound.first?.payload else { return nil }
        return element
    }
}
