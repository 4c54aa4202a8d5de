// What keeps OMEMO working for years: heartbeats, prekeys and their rotation, catching up. Time is an argument here.

import TernCore
import TernCrypto
import TernOMEMO
import TernRatchet
import TernXML
import Testing

@Suite struct UpkeepTests {
    private static let day: Int64 = 24 * 3600 * 1000

    private func pair(_ version: Version) throws -> (TestDevice, TestDevice) {
        let (alice, bob) = (try TestDevice("alice@example.org", 1), try TestDevice("bob@example.org", 2))
        try alice.learn([bob], [version])
        try bob.learn([alice], [version])
        return (alice, bob)
    }

    private func later(_ days: Int64) -> Timestamp {
        Timestamp(milliseconds: TestDevice.start.milliseconds + days * UpkeepTests.day)
    }

    private func maintain(_ device: TestDevice, _ now: Timestamp) throws {
        _ = try device.engine.change { machine, transaction throws(SessionError) in
            try machine.maintain(at: now, in: &transaction)
        }
    }

    private func signedPreKey(_ device: TestDevice, _ version: Version) throws -> UInt32 {
        let status = try device.engine.change { machine, transaction throws(SessionError) in
            try machine.status(in: transaction)
        }
        return try #require(status.versions.first { $0.version == version }).signedPreKey
    }

    // MARK: Own devices that are gone

    /// A device of the account that says nothing for long goes off the lists, one that has said something stays, and so does
    /// everybody where nothing is set.
    @Test(arguments: [false, true]) func silentOwnDevicesExpire(restarts: Bool) throws {
        let (phone, desk) = (try TestDevice("alice@example.org", 1), try TestDevice("alice@example.org", 2))
        let lost = try TestDevice("alice@example.org", 3)
        for device in [phone, desk] { try device.learn([phone, desk, lost]) }
        let maintain = { (days: Int64) throws -> [Event] in
            if restarts { try phone.restart() }
            return try phone.engine.change { machine, transaction throws(SessionError) in
                try machine.maintain(at: self.later(days), in: &transaction)
            }
        }
        #expect(try maintain(400).isEmpty)
        try phone.engine.change { machine, transaction throws(SessionError) in
            try machine.setExpiry(Days(42), in: &transaction)
        }
        #expect(throws: SessionError.misuse) {
            try phone.engine.change { machine, transaction throws(SessionError) in
                try machine.setExpiry(Days(0), in: &transaction)
            }
        }
        // the desk says something, two weeks after all were first seen
        let copy = try desk.encrypt("note", to: try BareJID("alice@example.org"))
        try phone.engine.change { machine, transaction throws(SessionError) in
            let incoming = Incoming(
                .element(Element("none", namespace: "")), from: JID(phone.jid), to: JID(phone.jid), origin: .carbon)
            _ = try machine.decrypt(copy, incoming, at: self.later(14), in: &transaction)
        }
        #expect(try maintain(41).isEmpty)
        #expect(try maintain(43) == [.device(lost.address, .expired)])
        let listed = try phone.publications([.v2])[0].payload.elements.compactMap { $0["id"] }
        #expect(listed == ["1", "2"])
        #expect(try phone.outstanding().contains(.publishDeviceList(.v2)))
        // it comes back by itself, and has as long again
        try phone.engine.change { machine, transaction throws(SessionError) in
            let list = DeviceList([1, 2, 3].compactMap { try? ListedDevice(DeviceID($0)) }, version: .v2)
                .publication(for: phone.jid)
            let item = Item(id: list.node.item, payload: list.payload)
            _ = try machine.learn([item], at: list.node, at: self.later(44), in: &transaction)
        }
        #expect(try maintain(55).isEmpty)
        #expect(try maintain(57) == [.device(desk.address, .expired)])
        #expect(try maintain(87) == [.device(lost.address, .expired)])
    }

    // MARK: Heartbeats (XEP-0384 §rules)

    /// The first message with a number of 53 or more is answered, once for each ratchet key, whatever came before it.
    @Test(arguments: Version.allCases, [[52, 53, 54, 55], [10, 53, 52, 54], [60, 53, 54, 61], [0, 1, 200, 53]])
    func theFirstFarMessageOfAChainIsAnswered(version: Version, order: [Int]) throws {
        let (alice, bob) = try pair(version)
        // The session is confirmed, and Alice turns her ratchet.
        let first = try bob.decrypt(try alice.encrypt("first", to: bob.jid, [version]), from: alice.jid)
        let answer = try #require(first.replies.first)
        try read(answer, by: alice, from: bob)
        let messages = try (0...200).map { try alice.encrypt("\($0)", to: bob.jid, [version]) }
        var answered: [Int] = []
        var heartbeat: Outbound?
        for number in order {
            let read = try bob.decrypt(messages[number], from: alice.jid)
            if let reply = read.replies.first {
                answered.append(number)
                heartbeat = reply
            }
        }
        let expected = try #require(order.first { $0 >= 53 })
        #expect(answered == [expected])
        // It turns Alice's ratchet: her next chain begins at 0, and is answered at its own 53.
        try read(try #require(heartbeat), by: alice, from: bob)
        for number in 0...60 {
            let read = try bob.decrypt(try alice.encrypt("\(number)", to: bob.jid, [version]), from: alice.jid)
            #expect(read.replies.isEmpty == (number != 53))
        }
    }

    private func read(_ outbound: Outbound, by device: TestDevice, from sender: TestDevice) throws {
        guard case .element(let element) = outbound.payload else { throw SessionError.malformed }
        let read = try device.decrypt([try EncryptedMessage(element)], from: sender.jid)
        #expect(read.plaintext == nil)
    }

    @Test func aMessageThatIsRefusedIsNotAnswered() throws {
        let (alice, bob) = try pair(.v2)
        _ = try bob.decrypt(try alice.encrypt("first", to: bob.jid, [.v2]), from: alice.jid)
        for _ in 0..<60 { _ = try alice.encrypt("lost", to: bob.jid, [.v2]) }
        let message = try alice.encrypt("far", to: bob.jid, [.v2])
        let before = bob.store.image
        #expect(bob.refusal(message, from: try BareJID("mallory@example.org")) != nil)
        #expect(bob.store.image == before)
        #expect(try bob.decrypt(message, from: alice.jid).replies.count == 1)
        #expect(bob.refusal(message, from: alice.jid) == nil, "it is kept until somebody has it")
    }

    // MARK: Prekeys

    @Test(arguments: Version.allCases) func signedPreKeysAreRotatedAndOldOnesKeptForAWhile(version: Version) throws {
        let (alice, bob) = try pair(version)
        let old = try signedPreKey(bob, version)
        let begun = try alice.encrypt("begun with the old one", to: bob.jid, [version])
        for day in 0..<7 { try maintain(bob, later(Int64(day))) }
        #expect(try signedPreKey(bob, version) == old)
        try maintain(bob, later(7))
        #expect(try signedPreKey(bob, version) != old)
        #expect(try bob.outstanding().contains(.publishBundle(version)))
        #expect(try bob.decrypt(begun, from: alice.jid).plaintext?.content == .text("begun with the old one"))
        // Much later it is gone.
        let carol = try TestDevice("carol@example.org", 3)
        try carol.learn([bob], [version])
        let current = try carol.encrypt("late", to: bob.jid, [version])
        for day in 8..<80 { try maintain(bob, later(Int64(day))) }
        #expect(bob.refusal(current, from: carol.jid) == .materialMissing)
    }

    /// Somebody whose clock goes wrong rotates nothing away.
    @Test func aClockThatGoesBackRotatesNothing() throws {
        let (_, bob) = try pair(.v2)
        let before = try signedPreKey(bob, .v2)
        try maintain(bob, later(-400))
        try bob.restart()
        try maintain(bob, later(-4000))
        #expect(try signedPreKey(bob, .v2) == before)
    }

    // MARK: Catching up

    /// Two strangers begin with the same one-time prekey, since they fetched the same bundle: both are read while old
    /// messages come, also after a restart in between, and neither afterwards.
    @Test(arguments: Version.allCases, [false, true])
    func whileCatchingUpAPreKeyServesTwice(version: Version, restarts: Bool) throws {
        let bob = try TestDevice("bob@example.org", 2)
        let strangers = try (1...12).map { try TestDevice("stranger\($0)@example.org", UInt32(10 + $0)) }
        for each in strangers { try each.learn([bob], [version]) }
        let messages = try strangers.map { ($0, try $0.encrypt("Hello", to: bob.jid, [version])) }
        try bob.engine.change { machine, transaction throws(SessionError) in
            try machine.beginCatchUp(at: TestDevice.start, in: &transaction)
        }
        // Twelve strangers and five prekeys: some are used twice.
        for (stranger, message) in messages {
            if restarts { try bob.restart() }
            let read = try bob.decrypt(message, from: stranger.jid)
            #expect(read.plaintext?.content == .text("Hello"))
            #expect(read.replies.count == 1, "the session moves away from the prekey at once")
        }
        try bob.engine.change { machine, transaction throws(SessionError) in
            #expect(machine.isCatchingUp)
            try machine.endCatchUp(in: &transaction)
            #expect(!machine.isCatchingUp)
        }
        let late = try TestDevice("late@example.org", 40)
        try late.learn([bob], [version])
        #expect(try bob.decrypt(try late.encrypt("new", to: bob.jid, [version]), from: late.jid).plaintext != nil)
    }

    /// Afterwards the used ones are gone, and what begins with them is refused.
    @Test(arguments: Version.allCases) func afterCatchingUpUsedPreKeysAreGone(version: Version) throws {
        let bob = try TestDevice("bob@example.org", 2)
        let strangers = try (1...12).map { try TestDevice("stranger\($0)@example.org", UInt32(10 + $0)) }
        for each in strangers { try each.learn([bob], [version]) }
        let messages = try strangers.map { ($0, try $0.encrypt("Hello", to: bob.jid, [version])) }
        try bob.engine.change { machine, transaction throws(SessionError) in
            try machine.beginCatchUp(at: TestDevice.start, in: &transaction)
        }
        var isRead = 0
        for (stranger, message) in messages.prefix(6) {
            _ = try bob.decrypt(message, from: stranger.jid)
            isRead += 1
        }
        // Nobody ends it: a day later it has ended by itself.
        try maintain(bob, later(1))
        let refused = messages.dropFirst(6).filter { bob.refusal($0.1, from: $0.0.jid) == .materialMissing }
        #expect(isRead == 6 && !refused.isEmpty)
    }

    // MARK: Silence and opting out

    /// A device that never answers is left alone once there is another one; one that writes again is written to again.
    @Test(arguments: Version.allCases) func aDeviceThatNeverAnswersIsLeftAlone(version: Version) throws {
        let alice = try TestDevice("alice@example.org", 1)
        let (phone, tablet) = (try TestDevice("bob@example.org", 2), try TestDevice("bob@example.org", 3))
        try alice.learn([phone, tablet], [version])
        try phone.learn([alice], [version])
        try tablet.learn([alice], [version])
        var waiting: [[EncryptedMessage]] = []
        for number in 0..<1000 {
            let message = try alice.encrypt("\(number)", to: phone.jid, [version])
            waiting.append(message)
            // the tablet answers now and then
            let read = try tablet.decrypt(message, from: alice.jid)
            for reply in read.replies { try self.read(reply, by: alice, from: tablet) }
        }
        let draft = Draft(.text("one more"), to: [phone.jid], versions: [version])
        guard case .sealed(let messages, let events) = try alice.encrypt(draft) else { throw SessionError.noSession }
        #expect(messages[0].keys.map(\.device) == [tablet.address.device])
        #expect(events.contains(.device(phone.address, .leftOut(.silent))))
        // It reads what came, and with its answer it is back.
        let back = try phone.decrypt(waiting[999], from: alice.jid)
        try self.read(try #require(back.replies.first), by: alice, from: phone)
        let both = try alice.encrypt("both", to: phone.jid, [version])
        #expect(Set(both[0].keys.map(\.device)) == [phone.address.device, tablet.address.device])
    }

    /// Somebody's only device is written to however long it is away.
    @Test func anOnlyDeviceIsNotLeftAlone() throws {
        let (alice, bob) = try pair(.v2)
        for number in 0...1001 { _ = try alice.encrypt("\(number)", to: bob.jid, [.v2]) }
        #expect(try alice.encrypt("still", to: bob.jid, [.v2])[0].keys.count == 1)
    }

    @Test func whoOptsOutIsNotWrittenToBeforeAPersonDecides() throws {
        let (alice, bob) = try pair(.v2)
        let wish = Element("opt-out", namespace: "urn:xmpp:omemo:2")
        guard case .sealed(let said, _) = try bob.encrypt(Draft(.elements([wish]), to: [alice.jid], versions: [.v2]))
        else { throw SessionError.noSession }
        // what stands outside the encryption says nothing
        let before = alice.store.image
        #expect(alice.refusal(said, from: try BareJID("mallory@example.org")) != nil)
        #expect(alice.store.image == before)
        #expect(try alice.decrypt(said, from: bob.jid).events.contains(.optedOut(bob.jid, reason: nil)))
        let draft = Draft(.text("Hello"), to: [bob.jid], versions: [.v2], isPartial: true)
        for _ in 0..<2 {
            guard case .refused(.ended, let events) = try alice.encrypt(draft) else { return #expect(Bool(false)) }
            #expect(events == [.optedOut(bob.jid, reason: nil)])
            try alice.restart()
        }
        try alice.engine.change { machine, transaction throws(SessionError) in
            try machine.decideOptOut(of: bob.jid, isConfirmed: false, in: &transaction)
        }
        guard case .sealed = try alice.encrypt(draft) else { return #expect(Bool(false)) }
    }

    // MARK: A year

    /// Two devices write to each other for a year, one of them away for weeks at a time, with restarts: every message is
    /// read, and what is kept stays small.
    @Test(arguments: Version.allCases) func aYear(version: Version) throws {
        let (alice, bob) = try pair(version)
        var dice: UInt64 = 7
        func roll(_ sides: UInt64) -> UInt64 {
            dice = dice &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (dice >> 33) % sides
        }
        var mail: [(from: TestDevice, to: TestDevice, message: [EncryptedMessage], text: String)] = []
        var rotations: Set<UInt32> = []
        var away = 0
        for day in 0..<365 {
            let now = later(Int64(day))
            for device in [alice, bob] {
                if roll(9) == 0 { try device.restart() }
                try maintain(device, now)
            }
            rotations.insert(try signedPreKey(bob, version))
            for _ in 0..<roll(6) {
                let text = "day \(day)"
                mail.append((alice, bob, try alice.encrypt(text, to: bob.jid, [version]), text))
            }
            // Bob is away for up to three weeks at a time
            away = away > 0 ? away - 1 : roll(20) == 0 ? Int(roll(21)) : 0
            guard away == 0 else { continue }
            for _ in 0..<roll(3) {
                mail.append((bob, alice, try bob.encrypt("back \(day)", to: alice.jid, [version]), "back \(day)"))
            }
            while !mail.isEmpty {
                let letter = mail.remove(at: Int(roll(UInt64(min(mail.count, 30)))))
                let read = try letter.to.decrypt(letter.message, from: letter.from.jid)
                #expect(read.plaintext?.content == .text(letter.text))
                if let receipt = read.receipt {
                    try letter.to.engine.change { machine, transaction throws(SessionError) in
                        try machine.acknowledge(receipt, in: &transaction)
                    }
                }
                for reply in read.replies { try self.read(reply, by: letter.from, from: letter.to) }
            }
        }
        #expect(rotations.count >= 50)
        for device in [alice, bob] {
            let image = device.store.image
            #expect(image.count < 120, "\(image.count) rows are kept after a year")
        }
    }
}
