// What a device does with messages, in both versions: who gets them, what is refused, and what a refusal leaves behind.

import TernCore
import TernCrypto
import TernOMEMO
import TernRatchet
import TernXML
import Testing

@Suite struct MachineTests {
    let alice: TestDevice
    let bob: TestDevice

    init() throws {
        alice = try TestDevice("alice@example.org", 1)
        bob = try TestDevice("bob@example.org", 2)
        try alice.learn([bob])
        try bob.learn([alice])
    }

    @Test(arguments: Version.allCases) func textArrivesOnce(version: Version) throws {
        let message = try alice.encrypt("Hello", to: bob.jid, [version])
        #expect(message.map(\.version) == [version])
        let read = try bob.decrypt(message, from: alice.jid)
        #expect(read.plaintext?.content == .text("Hello"))
        #expect(read.plaintext?.author.key == alice.engine.device.fingerprint)
        #expect(read.plaintext?.author.trust == .firstUse)
        // Until somebody has it, the same message gives it again, also to another process.
        try bob.restart()
        let again = try bob.decrypt(message, from: alice.jid)
        #expect(again.isRepeated && again.plaintext?.content == .text("Hello"))
        let receipt = try #require(again.receipt)
        try bob.engine.change { machine, transaction throws(SessionError) in
            try machine.acknowledge(receipt, in: &transaction)
        }
        let before = bob.store.image
        #expect(bob.refusal(message, from: alice.jid) == .duplicate)
        try bob.restart()
        #expect(bob.refusal(message, from: alice.jid) == .duplicate)
        #expect(bob.store.image == before)
    }

    @Test func newestVersionOfEachDeviceIsUsed() throws {
        let old = try TestDevice("bob@example.org", 3)
        try alice.learn([bob], [.v2])
        try alice.learn([bob, old], [.v03])
        let messages = try alice.encrypt("Hello", to: bob.jid)
        #expect(messages.map(\.version) == [.v2, .v03])
        #expect(messages[0].keys.map(\.device) == [bob.address.device])
        #expect(messages[1].keys.map(\.device) == [old.address.device])
        #expect(try bob.decrypt(messages, from: alice.jid).version == .v2)
        #expect(try old.decrypt(messages, from: alice.jid).version == .v03)
        #expect(alice.refusal(messages, from: bob.jid) == .notForThisDevice)
    }

    @Test(arguments: Version.allCases) func ownOtherDevicesAreRecipients(version: Version) throws {
        let tablet = try TestDevice("alice@example.org", 4)
        try alice.learn([alice, tablet], [version])
        try tablet.learn([alice, tablet], [version])
        let message = try alice.encrypt("Hello", to: bob.jid, [version])
        #expect(Set(message[0].keys.map(\.device.value)) == [2, 4])
        let copy = try tablet.decrypt(message, from: alice.jid, to: bob.jid)
        #expect(copy.plaintext?.content == .text("Hello"))
    }

    @Test(arguments: Version.allCases) func whatIsMissingIsNamedAndNothingChanges(version: Version) throws {
        let carol = try TestDevice("carol@example.org", 5)
        let before = carol.store.image
        let draft = Draft(.text("Hello"), to: [bob.jid], versions: [version])
        guard case .missing(let lists) = try carol.encrypt(draft) else { return #expect(Bool(false)) }
        #expect(lists == [DeviceList.node(of: bob.jid, version: version)])
        #expect(carol.store.image == before)
        try carol.learn(DeviceList([ListedDevice(bob.address.device)], version: version).publication(for: bob.jid))
        guard case .missing(let bundles) = try carol.encrypt(draft) else { return #expect(Bool(false)) }
        #expect(bundles == [BundlePlace(bob.address.device, version: version).node(of: bob.jid)])
        var partial = draft
        partial.isPartial = true
        guard case .refused(.materialMissing, let events) = try carol.encrypt(partial) else {
            return #expect(Bool(false))
        }
        #expect(events == [.device(bob.address, .leftOut(.unknownBundle))])
    }

    @Test(arguments: Version.allCases) func changedIdentityKeyIsRefused(version: Version) throws {
        _ = try bob.decrypt(alice.encrypt("Hello", to: bob.jid, [version]), from: alice.jid)
        let impostor = try TestDevice("alice@example.org", 1)
        try impostor.learn([bob])
        let before = bob.store.image
        let forged = try impostor.encrypt("Hello", to: bob.jid, [version])
        #expect(bob.refusal(forged, from: alice.jid) == .untrusted)
        for publication in try impostor.publications([version]) where BundlePlace(publication.node) != nil {
            #expect(throws: SessionError.untrusted) { try bob.learn(publication) }
        }
        #expect(bob.store.image == before)
    }

    /// The lists are a server's word.
    @Test func aDeviceIsNotWrittenToInAnOlderVersionThanItHas() throws {
        try alice.learn([bob])
        _ = try bob.decrypt(alice.encrypt("Hello", to: bob.jid, [.v2, .v03]), from: alice.jid)
        try alice.learn(DeviceList([], version: .v2).publication(for: bob.jid))
        let draft = Draft(.text("Hello"), to: [bob.jid])
        let before = alice.store.image
        guard case .refused(.downgrade, let events) = try alice.encrypt(draft) else { return #expect(Bool(false)) }
        #expect(events == [.device(bob.address, .downgraded(.omemo03))])
        #expect(alice.store.image == before)
        let asked = try alice.encrypt("Hello", to: bob.jid, [.v03])
        #expect(try bob.decrypt(asked, from: alice.jid).plaintext?.content == .text("Hello"))
        try alice.learn(
            DeviceList([ListedDevice(bob.address.device)], version: .v2).publication(for: bob.jid))
        #expect(try alice.encrypt("Hello", to: bob.jid, [.v2, .v03]).map(\.version) == [.v2])
    }

    @Test func aDeviceOfAnotherVersionThanTheOneAskedForIsNamed() throws {
        try alice.learn([bob])
        try alice.learn(
            DeviceList([ListedDevice(bob.address.device), ListedDevice(DeviceID(9))], version: .v03)
                .publication(for: bob.jid))
        let draft = Draft(.text("Hello"), to: [bob.jid], versions: [.v2])
        guard case .sealed(_, let events) = try alice.encrypt(draft) else { return #expect(Bool(false)) }
        #expect(events.contains(.device(DeviceAddress(bob.jid, try DeviceID(9)), .leftOut(.otherVersion))))
    }

    /// Two gaps of a thousand: the keys of the first are given up in the step that keeps those of the second.
    @Test(arguments: Version.allCases) func keysThatAreGivenUpLeaveNoRow(version: Version) throws {
        _ = try bob.decrypt(alice.encrypt("Hello", to: bob.jid, [version]), from: alice.jid)
        for _ in 0..<2 {
            _ = try alice.decrypt(bob.encrypt("turn", to: alice.jid, [version]), from: bob.jid)
            var last: [EncryptedMessage] = []
            for _ in 0...1000 { last = try alice.encrypt("gap", to: bob.jid, [version]) }
            _ = try bob.decrypt(last, from: alice.jid)
            #expect(bob.store.image.keys.count { $0.table == .skippedKey } == 1000)
            try bob.restart()
        }
        let next = try alice.encrypt("next", to: bob.jid, [version])
        #expect(try bob.decrypt(next, from: alice.jid).plaintext?.content == .text("next"))
    }

    @Test(arguments: Version.allCases) func aChangedKeyIsShown(version: Version) throws {
        _ = try bob.decrypt(alice.encrypt("Hello", to: bob.jid, [version]), from: alice.jid)
        let impostor = try TestDevice("alice@example.org", 1)
        try impostor.learn([bob])
        let forged = try impostor.encrypt("Hello", to: bob.jid, [version])
        let incoming = Incoming(.element(forged[0].element), from: JID(alice.jid), to: JID(bob.jid))
        let event = try bob.engine.change { machine, transaction throws(SessionError) in
            try machine.keyChange(in: forged, incoming, in: transaction)
        }
        let accepted = alice.engine.device.fingerprint
        #expect(
            event
                == .device(
                    alice.address, .keyChanged(accepted: accepted, now: impostor.engine.device.fingerprint)))
    }

    @Test(arguments: Version.allCases) func trustDecidesWhoIsWrittenToAndListenedTo(version: Version) throws {
        let message = try alice.encrypt("Hello", to: bob.jid, [version])
        try bob.decide(.distrusted, alice)
        #expect(bob.refusal(message, from: alice.jid) == .untrusted)
        let draft = Draft(.text("Hello"), to: [alice.jid], versions: [version])
        guard case .refused(.untrusted, let events) = try bob.encrypt(draft) else {
            return #expect(Bool(false))
        }
        #expect(events == [.device(alice.address, .leftOut(.distrusted))])
        try bob.decide(.undecided, alice)
        guard case .refused(.untrusted, let undecided) = try bob.encrypt(draft) else { return #expect(Bool(false)) }
        #expect(undecided == [.device(alice.address, .undecided(alice.engine.device.fingerprint))])
        try bob.decide(.verified, alice)
        #expect(try bob.decrypt(message, from: alice.jid).plaintext?.author.trust == .verified)
    }

    @Test(arguments: Version.allCases) func forgedKeyExchangesUseUpNothing(version: Version) throws {
        let message = try alice.encrypt("Hello", to: bob.jid, [version])[0]
        let key = try message.keys(for: bob.address)[0]
        let before = bob.store.image
        for round in 0..<100 {
            var bytes = try key.bytes()
            // The tag is at the end in 0.3 and near the message's begin in 2: the last byte is authenticated in both.
            bytes[bytes.count - 1 - round % 8] ^= UInt8(1 << (round % 8))
            let forged = EncryptedKey(for: key.device, of: key.jid, isKeyExchange: true, bytes: bytes.span)
            #expect(bob.refusal([message.carrying(forged)], from: alice.jid) != nil)
        }
        #expect(bob.store.image == before)
        #expect(try bob.decrypt([message], from: alice.jid).plaintext?.content == .text("Hello"))
    }

    @Test(arguments: Version.allCases) func preKeyIsUsedOnce(version: Version) throws {
        let mallory = try TestDevice("mallory@example.org", 6)
        // Both take the one prekey that is left.
        let bundle = try #require(try bob.publications([version]).first { BundlePlace($0.node) != nil })
        let last = try #require(Bundle(bundle.payload, version: version).onlyLast)
        let publication = try BundlePlace(bob.address.device, version: version).publication(of: last, for: bob.jid)
        for device in [alice, mallory] {
            try device.learn(DeviceList([ListedDevice(bob.address.device)], version: version).publication(for: bob.jid))
            try device.learn(publication)
        }
        _ = try bob.decrypt(alice.encrypt("first", to: bob.jid, [version]), from: alice.jid)
        let second = try mallory.encrypt("second", to: bob.jid, [version])
        let before = bob.store.image
        #expect(bob.refusal(second, from: mallory.jid) == .materialMissing)
        #expect(bob.store.image == before)
        #expect(try bob.outstanding().contains(.publishBundle(version)))
    }

    /// One that was replaced is kept for 30 days more, and the latest of them in any case.
    @Test(arguments: Version.allCases, [(0, true), (29, true), (30, false)] as [(Int64, Bool)])
    func replacedSignedPreKeysAnswerForAMonth(version: Version, _ it: (days: Int64, isAnswered: Bool)) throws {
        let message = try alice.encrypt("under way", to: bob.jid, [version])
        func rotate(_ day: Int64) throws {
            try bob.engine.change { machine, transaction throws(SessionError) in
                let now = Timestamp(milliseconds: TestDevice.start.milliseconds + day * 24 * 3_600_000)
                try machine.rotate(at: now, in: &transaction)
            }
        }
        try rotate(100)
        try rotate(100 + it.days)
        #expect(bob.refusal(message, from: alice.jid) == (it.isAnswered ? nil : .materialMissing))
    }

    /// What was under way when its sender began a new session does not bring the old one back.
    @Test(arguments: Version.allCases) func lateMessagesOfAReplacedSession(version: Version) throws {
        for round in 0..<6 {
            _ = try bob.decrypt(alice.encrypt("Hello", to: bob.jid, [version]), from: alice.jid)
            _ = try alice.decrypt(bob.encrypt("Hello", to: alice.jid, [version]), from: bob.jid)
            let late = try ["m1", "m2"].map { try alice.encrypt($0, to: bob.jid, [version]) }
            try alice.engine.change { machine, transaction throws(SessionError) in
                try machine.reset(bob.address, in: &transaction)
            }
            try alice.learn([bob])
            _ = try bob.decrypt(alice.encrypt("m3", to: bob.jid, [version]), from: alice.jid)
            for message in late { _ = try bob.decrypt(message, from: alice.jid) }
            let reply = try bob.encrypt("reply \(round)", to: alice.jid, [version])
            #expect(try alice.decrypt(reply, from: bob.jid).plaintext?.content == .text("reply \(round)"))
        }
    }

    @Test(arguments: Version.allCases) func bothStartAtOnceAndMeet(version: Version) throws {
        let fromAlice = try alice.encrypt("a1", to: bob.jid, [version])
        let fromBob = try bob.encrypt("b1", to: alice.jid, [version])
        #expect(try bob.decrypt(fromAlice, from: alice.jid).plaintext?.content == .text("a1"))
        #expect(try alice.decrypt(fromBob, from: bob.jid).plaintext?.content == .text("b1"))
        for round in 2...3 {
            let (here, there) = (
                try alice.encrypt("a\(round)", to: bob.jid, [version]),
                try bob.encrypt("b\(round)", to: alice.jid, [version])
            )
            #expect(try bob.decrypt(here, from: alice.jid).plaintext?.content == .text("a\(round)"))
            #expect(try alice.decrypt(there, from: bob.jid).plaintext?.content == .text("b\(round)"))
        }
        let sessions = try [(alice, bob), (bob, alice)].map { here, there in
            try here.engine.change { machine, transaction throws(SessionError) in
                try machine.liveExchange(version, with: there.address, in: transaction)
            }
        }
        #expect(sessions[0] != nil && sessions[0] == sessions[1])
        #expect(try !alice.encrypt("last", to: bob.jid, [version])[0].keys[0].isKeyExchange)
    }

    @Test func roomMessageIsBoundToItsRoom() throws {
        let room = try BareJID("room@chat.example.org")
        let draft = Draft(.text("Hello"), to: [bob.jid], room: room, versions: [.v2])
        guard case .sealed(let message, _) = try alice.encrypt(draft) else { return #expect(Bool(false)) }
        let before = bob.store.image
        #expect(bob.refusal(message, from: alice.jid) == .unauthentic)
        #expect(bob.refusal(message, from: alice.jid, room: try BareJID("other@chat.example.org")) == .unauthentic)
        #expect(bob.store.image == before)
        #expect(try bob.decrypt(message, from: alice.jid, room: room).plaintext?.content == .text("Hello"))
        // What is kept for the room is not given out as something else.
        #expect(bob.refusal(message, from: alice.jid) == .duplicate)
        #expect(bob.refusal(message, from: alice.jid, room: try BareJID("other@chat.example.org")) == .duplicate)
        #expect(try bob.decrypt(message, from: alice.jid, room: room).isRepeated)
    }

    @Test(arguments: Version.allCases) func nobodyIsWrittenTo(version: Version) throws {
        guard
            case .refused(.materialMissing, []) = try alice.encrypt(
                Draft(.text("Hello"), to: [alice.jid], versions: [version]))
        else { return #expect(Bool(false)) }
    }

    @Test func recipientNamedTwiceIsOne() throws {
        let draft = Draft(.text("Hello"), to: [bob.jid, bob.jid], versions: [.v2])
        #expect(draft.recipients == [bob.jid])
        guard case .sealed(let message, _) = try alice.encrypt(draft) else { return #expect(Bool(false)) }
        // So its envelope names him, and nobody else can be given it.
        #expect(throws: SessionError.unauthentic) {
            try bob.decrypt(message, from: alice.jid, room: BareJID("room@chat.example.org"))
        }
    }

    @Test(arguments: Version.allCases) func answerToAKeyExchangeSaysNothing(version: Version) throws {
        let read = try bob.decrypt(alice.encrypt("Hello", to: bob.jid, [version]), from: alice.jid)
        guard case .element(let element)? = read.replies.first?.payload else { return #expect(Bool(false)) }
        let answer = try alice.decrypt([EncryptedMessage(element)], from: bob.jid)
        #expect(answer.plaintext == nil && answer.receipt == nil)
        #expect(try !alice.encrypt("next", to: bob.jid, [version])[0].keys[0].isKeyExchange)
        #expect(read.replies.first?.companions.contains { $0.name == "body" } == false)
    }

    @Test(arguments: Version.allCases) func olderSessionsAreKeptUpToALimit(version: Version) throws {
        var first: [EncryptedMessage] = []
        for round in 0..<45 {
            let message = try alice.encrypt("\(round)", to: bob.jid, [version])
            if round == 0 { first = try alice.encrypt("late", to: bob.jid, [version]) }
            #expect(try bob.decrypt(message, from: alice.jid).plaintext?.content == .text("\(round)"))
            try alice.engine.change { machine, transaction throws(SessionError) in
                try machine.reset(bob.address, in: &transaction)
            }
            try alice.learn([bob], [version])
        }
        let standing = try bob.engine.change { machine, transaction throws(SessionError) in
            try machine.devices(of: alice.jid, in: transaction)
        }
        #expect(standing.first?.sessions.first?.archived == 40)
        // Its session was given up with the oldest five, and its prekey was used.
        #expect(bob.refusal(first, from: alice.jid) == .materialMissing)
    }
}

extension EncryptedMessage {
    /// The same message with another key.
    func carrying(_ key: EncryptedKey) -> EncryptedMessage {
        switch payload {
        case .body(let body): EncryptedMessage(body, from: sender, keys: [key])
        case .envelope(let envelope): EncryptedMessage(envelope, from: sender, keys: [key])
        case .absent(let iv): EncryptedMessage(empty: version, iv: iv, from: sender, keys: [key])
        }
    }
}

extension Bundle {
    /// The bundle with its last prekey alone.
    var onlyLast: Bundle? {
        guard let last = preKeys.last else { return nil }
        return OwnBundle(
            signedPreKey: PreKey(id: signedPreKeyID, key: signedPreKey), preKeys: [last]
        ).bundle(of: identity, signature: signature, version: version)
    }
}
