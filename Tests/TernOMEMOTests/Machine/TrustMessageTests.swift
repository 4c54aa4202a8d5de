// Automatic trust management (XEP-0450): who is told what, whose word counts when, and whose never.

import TernCore
import TernCrypto
import TernOMEMO
import TernXML
import Testing

@Suite struct TrustMessageTests {
    let a1: TestDevice, a2: TestDevice, a3: TestDevice
    let b1: TestDevice, b2: TestDevice, b3: TestDevice
    private var all: [TestDevice] { [a1, a2, a3, b1, b2, b3] }

    init() throws {
        (a1, a2, a3) = (try Self.device("alice", 11), try Self.device("alice", 12), try Self.device("alice", 13))
        (b1, b2, b3) = (try Self.device("bob", 21), try Self.device("bob", 22), try Self.device("bob", 23))
        for device in all {
            try device.learn([a1, a2, a3], [.v2])
            try device.learn([b1, b2, b3], [.v2])
            try device.setAutomatic(true)
        }
    }

    private static func device(_ name: String, _ number: UInt32) throws -> TestDevice {
        try TestDevice("\(name)@example.org", number, preKeys: 64)
    }

    /// Delivers what waits, to the devices of the recipient and copies to the sender's others, until nothing waits.
    /// - Returns: What each was told, in the order in which it happened.
    @discardableResult
    private func deliver(from senders: [TestDevice]? = nil) throws -> [DeviceAddress: [Event.Device]] {
        var told: [DeviceAddress: [Event.Device]] = [:]
        var isQuiet = false
        while !isQuiet {
            isQuiet = true
            for sender in senders ?? all {
                for letter in try sender.takeLetters() {
                    isQuiet = false
                    for device in all where device !== sender {
                        guard device.jid == letter.to || device.jid == sender.jid else { continue }
                        guard let read = try device.read(letter, from: sender) else { continue }
                        #expect(read.plaintext == nil)
                        for case .device(let address, let event) in read.events where event.isAboutTrust {
                            told[device.address, default: []].append(event)
                            _ = address
                        }
                    }
                }
            }
        }
        return told
    }

    private func mutually(_ one: TestDevice, _ other: TestDevice) throws {
        try one.decide(.verified, other)
        try other.decide(.verified, one)
        try deliver()
    }

    private func expectEverybodyVerifiesEverybody() throws {
        for device in all {
            for other in all where other !== device {
                #expect(try device.trust(of: other) == .verified, "\(device.address) \(other.address)")
            }
        }
    }

    // MARK: The complete graph

    /// Five mutual authentications for six devices (XEP-0450 §details): the families first, then one between them.
    @Test func familiesThatMeetAuthenticateEachOther() throws {
        try mutually(a1, a2)
        try mutually(a1, a3)
        try mutually(b1, b2)
        try mutually(b2, b3)
        #expect(try a2.trust(of: a3) == .verified)
        #expect(try b1.trust(of: b3) == .verified)
        #expect(try a2.trust(of: b1) == .firstUse)
        try mutually(a1, b1)
        try expectEverybodyVerifiesEverybody()
        // who has decided is kept apart: a person did here, and did not there
        #expect(try a1.standing(of: b1)?.decider == nil)
        #expect(try a1.standing(of: b2)?.decider == b1.engine.device.fingerprint)
        #expect(try a3.standing(of: b1)?.decider == a1.engine.device.fingerprint)
    }

    /// The same with the contacts first, as the examples of the specification do it.
    @Test func devicesThatComeLaterAreAuthenticatedByAll() throws {
        try mutually(a1, b1)
        try mutually(a1, a2)
        try mutually(b1, b2)
        try mutually(a2, a3)
        try mutually(b1, b3)
        try expectEverybodyVerifiesEverybody()
    }

    @Test func aDistrustedDeviceIsDistrustedByAll() throws {
        try familiesThatMeetAuthenticateEachOther()
        try a2.decide(.distrusted, a3)
        try deliver()
        for device in [a1, a2, b1, b2, b3] { #expect(try device.trust(of: a3) == .distrusted, "\(device.address)") }
        try b3.decide(.distrusted, a1)
        try deliver()
        for device in [b1, b2] { #expect(try device.trust(of: a1) == .distrusted, "\(device.address)") }
        // what Bob thinks of Alice's key is not told to Alice, nor would it count there
        #expect(try a2.trust(of: a1) == .verified)
    }

    // MARK: The examples of the specification, one after the other

    @Test func examplesInTheirOrder() throws {
        // A1 has authenticated A2's key. It authenticates B1's: examples 1 and 2.
        try a1.decide(.verified, a2)
        _ = try a1.takeLetters()
        try a1.decide(.verified, b1)
        let first = try a1.takeLetters()
        #expect(Set(first.map(\.recipients)) == [[a2.address], [b1.address]])
        for letter in first { #expect(try letter.deliver(from: a1, [a2, b1]) == [.trustHeld(1)]) }
        #expect(try a2.trust(of: b1) == .firstUse)
        #expect(try b1.trust(of: a2) == .firstUse)
        // … as soon as A2 has authenticated A1's key, also if it died in between
        try a2.restart()
        try b1.restart()
        try a2.decide(.verified, a1)
        try b1.decide(.verified, a1)
        #expect(try a2.trust(of: b1) == .verified)
        #expect(try b1.trust(of: a2) == .verified)
        for device in [a2, b1] { for letter in try device.takeLetters() { _ = try letter.deliver(from: device, all) } }
        // A2 authenticates A3's key: examples 3 to 5.
        try a2.decide(.verified, a3)
        let second = try a2.takeLetters()
        #expect(Set(second.map(\.recipients)) == [[a1.address], [a3.address], [b1.address]])
        let key = a3.engine.device.fingerprint
        for letter in second {
            let told = try letter.deliver(from: a2, [a1, a3, b1])
            let expected: [Event.Device] =
                letter.recipients == [a3.address] ? [.trustHeld(2)] : [.authenticated(key, by: a2.address)]
            #expect(told == expected)
        }
        // A1 distrusts A3's key: examples 6 and 7.
        try a1.decide(.distrusted, a3)
        let third = try a1.takeLetters()
        #expect(Set(third.map(\.recipients)) == [[a2.address], [b1.address]])
        for letter in third {
            #expect(try letter.deliver(from: a1, [a2, b1]) == [.distrusted(key, by: a1.address)])
        }
        // A1 distrusts B1's key: example 8. Only its own devices are told.
        try a1.decide(.distrusted, b1)
        let fourth = try a1.takeLetters()
        #expect(fourth.map(\.recipients) == [[a2.address]])
        let bobs = b1.engine.device.fingerprint
        #expect(try fourth[0].deliver(from: a1, [a2, b1]) == [.distrusted(bobs, by: a1.address)])
    }

    // MARK: Whose word counts

    @Test func aContactSpeaksForItsOwnKeysAlone() throws {
        try a1.decide(.verified, b1)
        _ = try a1.takeLetters()
        let carol = try Self.device("carol", 31)
        try a1.learn([carol], [.v2])
        let words = TrustMessage([
            .init(carol.jid, trusted: [try carol.identifier]),
            .init(a1.jid, trusted: [try a2.identifier], distrusted: [try a3.identifier]),
            .init(b1.jid, trusted: [try b2.identifier]),
        ])
        #expect(try a1.hear(words, from: b1).contains(.trustIgnored(3)))
        #expect(try a1.trust(of: carol) == .firstUse)
        #expect(try a1.trust(of: a2) == .firstUse)
        #expect(try a1.trust(of: a3) == .firstUse)
        #expect(try a1.trust(of: b2) == .verified)
    }

    @Test func aStrangersWordsWaitAndAreForgottenWithIts() throws {
        let words = TrustMessage([.init(b1.jid, trusted: [try b2.identifier])])
        #expect(try a1.hear(words, from: b1) == [.trustHeld(1)])
        #expect(try a1.trust(of: b2) == .firstUse)
        try a1.decide(.distrusted, b1)
        try a1.decide(.verified, b1)
        #expect(try a1.trust(of: b2) == .firstUse)
    }

    @Test func whatIsSaidAgainOrTooLateChangesNothing() throws {
        try a1.decide(.verified, b1)
        _ = try a1.takeLetters()
        let trust = TrustMessage([.init(b1.jid, trusted: [try b2.identifier])])
        let distrust = TrustMessage([.init(b1.jid, distrusted: [try b2.identifier])])
        let old = try b1.say(trust, to: a1.jid, at: Timestamp(seconds: 1_700_000_010))
        let new = try b1.say(distrust, to: a1.jid, at: Timestamp(seconds: 1_700_000_020))
        let now = Timestamp(seconds: 1_700_000_100)
        // the server delivers them in another order
        #expect(try a1.hear(new, from: b1, at: now) == [.distrusted(b2.engine.device.fingerprint, by: b1.address)])
        #expect(try a1.hear(old, from: b1, at: now) == [.trustIgnored(1)])
        #expect(try a1.trust(of: b2) == .distrusted)
        let before = a1.store.image
        #expect(throws: SessionError.duplicate) { try a1.hear(new, from: b1, at: now) }
        #expect(a1.store.image == before)
        // a later word of the same one counts
        let later = try b1.say(trust, to: a1.jid, at: Timestamp(seconds: 1_700_000_030))
        #expect(
            try a1.hear(later, from: b1, at: now).contains(.authenticated(b2.engine.device.fingerprint, by: b1.address))
        )
    }

    @Test func aPersonsRefusalIsAPersonsToTakeBack() throws {
        for device in [a2, b1] { try a1.decide(.verified, device) }
        try a1.decide(.distrusted, b2)
        _ = try a1.takeLetters()
        let words = TrustMessage([.init(b1.jid, trusted: [try b2.identifier])])
        let later = Timestamp(seconds: 1_700_000_500)
        for sender in [a2, b1] {
            #expect(
                try a1.hear(sender.say(words, to: a1.jid, at: later), from: sender, at: later) == [.trustIgnored(1)])
        }
        #expect(try a1.trust(of: b2) == .distrusted)
    }

    @Test func anOwnDevicesRefusalIsNotTakenBackByTheContact() throws {
        for device in [a2, b1] { try a1.decide(.verified, device) }
        _ = try a1.takeLetters()
        let key = try b2.identifier
        let now = Timestamp(seconds: 1_700_000_500)
        let refusal = try a2.say(TrustMessage([.init(b1.jid, distrusted: [key])]), to: a1.jid, at: now)
        _ = try a1.hear(refusal, from: a2, at: now)
        let words = try b1.say(TrustMessage([.init(b1.jid, trusted: [key])]), to: a1.jid, at: now)
        #expect(try a1.hear(words, from: b1, at: now) == [.trustIgnored(1)])
        #expect(try a1.trust(of: b2) == .distrusted)
    }

    @Test func distrustWinsWithinAMessage() throws {
        try a1.decide(.verified, b1)
        let key = try b2.identifier
        let element = try XMLParser.parse(
            """
            <trust-message xmlns='urn:xmpp:tm:1' usage='urn:xmpp:atm:1' encryption='urn:xmpp:omemo:2'>\
            <key-owner jid='bob@example.org'><distrust>\(Base64.encode(key.bytes.span))</distrust></key-owner>\
            <key-owner jid='bob@example.org'><trust>\(Base64.encode(key.bytes.span))</trust></key-owner></trust-message>
            """)
        #expect(try TrustMessage(element).owners == [.init(b1.jid, distrusted: [key])])
    }

    @Test func aKeyThatIsNotKnownYetIsDecidedAboutWhenItIs() throws {
        let b4 = try Self.device("bob", 24)
        try a1.decide(.verified, b1)
        #expect(try a1.hear(TrustMessage([.init(b1.jid, trusted: [try b4.identifier])]), from: b1).isEmpty)
        try a1.restart()
        try a1.learn([b1, b2, b3, b4], [.v2])
        #expect(try a1.trust(of: b4) == .verified)
        #expect(try a1.standing(of: b4)?.decider == b1.engine.device.fingerprint)
    }

    @Test func whatCameBeforeItWasTurnedOnCountsThen() throws {
        try a1.setAutomatic(false)
        try a1.decide(.verified, b1)
        #expect(try a1.takeLetters().isEmpty)
        #expect(try a1.hear(TrustMessage([.init(b1.jid, trusted: [try b2.identifier])]), from: b1) == [.trustHeld(1)])
        #expect(try a1.trust(of: b2) == .firstUse)
        try a1.setAutomatic(true)
        #expect(try a1.trust(of: b2) == .verified)
    }

    @Test func inARoomItIsNobodysWord() throws {
        try a1.decide(.verified, b1)
        let room = try BareJID("room@chat.example.org")
        let content = Content.elements([TrustMessage([.init(b1.jid, trusted: [try b2.identifier])]).element])
        let draft = Draft(content, to: [a1.jid], room: room, versions: [.v2])
        guard case .sealed(let messages, _) = try b1.encrypt(draft) else { return #expect(Bool(false)) }
        let read = try a1.decrypt(messages, from: b1.jid, room: room)
        #expect(read.plaintext?.content == content)
        #expect(try a1.trust(of: b2) == .firstUse)
    }

    /// OMEMO 0.3 carries text, and text is text.
    @Test func wordsInAnOlderMessageAreText() throws {
        for (one, other) in [(a1, b1), (b1, a1)] { try one.learn([other], [.v03]) }
        try a1.decide(.verified, b1)
        let text = try TrustMessage([.init(b1.jid, trusted: [try b2.identifier])]).element.serialized()
        let read = try a1.decrypt(b1.encrypt(text, to: a1.jid, [.v03]), from: b1.jid)
        #expect(read.plaintext?.content == .text(text))
        #expect(try a1.trust(of: b2) == .firstUse)
    }

    @Test(arguments: [
        "<trust-message xmlns='urn:xmpp:tm:1' usage='urn:xmpp:atm:1' encryption='urn:xmpp:omemo:2'/>",
        "<trust-message xmlns='urn:xmpp:tm:1' usage='urn:xmpp:atm:1' encryption='urn:xmpp:omemo:2'>"
            + "<key-owner jid='bob@example.org'/></trust-message>",
        "<trust-message xmlns='urn:xmpp:tm:1' usage='urn:xmpp:atm:1' encryption='urn:xmpp:omemo:2'>"
            + "<key-owner jid='bob@example.org/x'><trust>AA==</trust></key-owner></trust-message>",
        "<trust-message xmlns='urn:xmpp:tm:1' usage='urn:xmpp:atm:1' encryption='urn:xmpp:omemo:2'>"
            + "<key-owner jid='bob@example.org'><trust>AA==</trust></key-owner></trust-message>",
    ])
    func whatCannotBeReadIsIgnoredAndSaid(_ text: String) throws {
        try a1.decide(.verified, b1)
        let element = try XMLParser.parse(text)
        guard case .sealed(let messages, _) = try b1.encrypt(Draft(.elements([element]), to: [a1.jid], versions: [.v2]))
        else { return #expect(Bool(false)) }
        let read = try a1.decrypt(messages, from: b1.jid)
        #expect(read.plaintext == nil && read.events.contains(.device(b1.address, .trustIgnored(1))))
    }

    @Test func blindTrustEndsWhereDevicesDecideForEachOther() throws {
        try a1.engine.change { machine, transaction throws(SessionError) in
            try machine.setPolicy(.blind, in: &transaction)
        }
        try a1.decide(.verified, b1)
        // XEP-0450 §security: what was accepted without a look waits for somebody to vouch for it
        #expect(try a1.trust(of: b2) == .undecided)
        _ = try a1.hear(TrustMessage([.init(b1.jid, trusted: [try b2.identifier])]), from: b1)
        #expect(try a1.trust(of: b2) == .verified)
        #expect(try a1.trust(of: b3) == .undecided)
    }

    @Test func aDeviceThatCannotBeReachedIsNamed() throws {
        let b4 = try Self.device("bob", 24)
        try a1.decide(.verified, a2)
        let uri = VerificationURI(b4.jid, trusted: [try b4.identifier])
        try a1.verify(uri)
        let events = try a1.engine.change { machine, transaction throws(SessionError) in
            try machine.decide(
                .verified, DeviceAddress(b3.jid, b3.address.device), at: TestDevice.start, in: &transaction)
        }
        #expect(events.contains(.device(a2.address, .trustSent(1))))
        try a1.engine.change { machine, transaction throws(SessionError) in
            try machine.reset(b2.address, in: &transaction)
        }
        let again = try a1.engine.change { machine, transaction throws(SessionError) in
            try machine.decide(.verified, b2.address, at: TestDevice.start, in: &transaction)
        }
        #expect(again.contains(.device(b2.address, .leftOut(.noBundle))))
    }
}

/// A message about keys on its way.
private struct Letter {
    let to: BareJID
    let message: EncryptedMessage

    var recipients: [DeviceAddress] {
        message.keys.map { DeviceAddress($0.jid ?? to, $0.device) }
    }

    /// - Returns: What those were told that could read it.
    func deliver(from sender: TestDevice, _ devices: [TestDevice]) throws -> [Event.Device] {
        var told: [Event.Device] = []
        for device in devices where device !== sender && (device.jid == to || device.jid == sender.jid) {
            for case .device(_, let event) in try device.read(self, from: sender)?.events ?? [] where event.isAboutTrust
            {
                told.append(event)
            }
        }
        return told
    }
}

extension TestDevice {
    fileprivate func setAutomatic(_ isAutomatic: Bool) throws {
        _ = try engine.change { machine, transaction throws(SessionError) in
            try machine.setTrustAutomatic(isAutomatic, at: Self.start, in: &transaction)
        }
    }

    /// What waits to be sent about keys, which waits no longer.
    fileprivate func takeLetters() throws -> [Letter] {
        try engine.change { machine, transaction throws(SessionError) in
            var letters: [Letter] = []
            for (key, value) in try machine.outstanding(in: transaction) {
                guard case .trustMessage(let outbound) = value, case .chat(let jid) = outbound.destination,
                    case .element(let element) = outbound.payload
                else { continue }
                letters.append(Letter(to: jid.bare, message: try EncryptedMessage(element)))
                try machine.remove(key, in: &transaction)
            }
            return letters
        }
    }

    fileprivate func read(_ letter: Letter, from sender: TestDevice) throws -> Decryption? {
        do throws(SessionError) {
            return try decrypt([letter.message], from: sender.jid, to: letter.to)
        } catch .notForThisDevice {
            return nil
        }
    }

    fileprivate func say(_ words: TrustMessage, to jid: BareJID, at now: Timestamp) throws -> [EncryptedMessage] {
        let draft = Draft(.elements([words.element]), to: [jid], versions: [.v2])
        let said = try engine.change { machine, transaction throws(SessionError) in
            // a message to oneself goes to the own other devices
            try machine.encrypt(draft, at: now, in: &transaction)
        }
        guard case .sealed(let messages, _) = said else { throw SessionError.noSession }
        return messages
    }

    fileprivate func hear(
        _ messages: [EncryptedMessage], from sender: TestDevice, at now: Timestamp = TestDevice.start
    ) throws -> [Event.Device] {
        let element = try #require(messages.first?.element)
        let incoming = Incoming(.element(element), from: JID(sender.jid), to: JID(jid))
        let read = try engine.change { machine, transaction throws(SessionError) in
            try machine.decrypt(messages, incoming, at: now, in: &transaction)
        }
        #expect(read.plaintext == nil)
        return read.events.compactMap { event in
            guard case .device(_, let about) = event, about.isAboutTrust else { return nil }
            return about
        }
    }

    fileprivate func hear(_ words: TrustMessage, from sender: TestDevice) throws -> [Event.Device] {
        try hear(sender.say(words, to: jid, at: Self.start), from: sender)
    }
}

extension Event.Device {
    fileprivate var isAboutTrust: Bool {
        switch self {
        case .authenticated, .distrusted, .trustHeld, .trustIgnored: true
        default: false
        }
    }
}
