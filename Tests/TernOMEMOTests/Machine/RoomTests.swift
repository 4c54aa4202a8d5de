// Rooms: for whom their messages are, whoever is there; occupants whose account nobody knows; what comes back to its author.

import TernCore
import TernCrypto
import TernOMEMO
import TernXML
import Testing

@Suite struct RoomTests {
    private let room: BareJID
    private let alice: TestDevice
    private let bob: TestDevice
    private let carol: TestDevice

    init() throws {
        room = try BareJID("room@muc.example.org")
        alice = try TestDevice("alice@example.org", 1, preKeys: 64)
        bob = try TestDevice("bob@example.org", 2, preKeys: 64)
        carol = try TestDevice("carol@example.org", 3, preKeys: 64)
        for device in [alice, bob, carol] {
            for other in [alice, bob, carol] where other !== device { try device.learn([other]) }
            try learn(device, [(alice, .owner), (bob, .member), (carol, .admin)], isWhole: true)
        }
    }

    private func learn(
        _ device: TestDevice, _ members: [(TestDevice, Affiliation)], isWhole: Bool = false
    ) throws {
        try device.engine.change { machine, transaction throws(SessionError) in
            try machine.learn(
                members.map { RoomMember($0.0.jid, $0.1) }, of: room, isWhole: isWhole, at: TestDevice.start,
                in: &transaction)
        }
    }

    private func say(_ text: String, _ device: TestDevice, _ versions: [Version] = [.v2, .v03]) throws -> (
        [EncryptedMessage], [Event]
    ) {
        let draft = Draft(.text(text), to: [], room: room, versions: versions)
        guard case .sealed(let messages, let events) = try device.encrypt(draft) else { throw SessionError.noSession }
        return (messages, events)
    }

    private func members(_ device: TestDevice) throws -> [BareJID]? {
        try device.engine.change { machine, transaction throws(SessionError) in
            try machine.members(of: room, in: transaction)
        }?.map(\.jid)
    }

    // MARK: Members

    @Test(arguments: Version.allCases) func allMembersReadItAndNobodyElse(version: Version) throws {
        let (messages, events) = try say("hello", alice, [version])
        #expect(!events.contains { if case .memberLeftOut = $0 { true } else { false } })
        for reader in [bob, carol] {
            let read = try reader.decrypt(messages, from: alice.jid, room: room)
            #expect(read.plaintext?.content.text == "hello")
        }
    }

    @Test func affiliationsChangeWhoReadsIt() throws {
        try learn(alice, [(bob, .none)])
        #expect(try members(alice) == [alice.jid, carol.jid])
        let (without, _) = try say("without bob", alice)
        #expect(bob.refusal(without, from: alice.jid, room: room) == .notForThisDevice)
        #expect(try carol.decrypt(without, from: alice.jid, room: room).plaintext?.content.text == "without bob")
        try learn(alice, [(bob, .member), (carol, .outcast)])
        try alice.restart()
        let (with, _) = try say("with bob", alice)
        #expect(try bob.decrypt(with, from: alice.jid, room: room).plaintext?.content.text == "with bob")
        #expect(carol.refusal(with, from: alice.jid, room: room) == .notForThisDevice)
        try learn(alice, [(alice, .owner)], isWhole: true)
        #expect(try members(alice) == [alice.jid])
    }

    @Test func aRoomThatNobodyKnowsIsNotEncryptedFor() throws {
        let draft = Draft(.text("x"), to: [], room: try BareJID("other@muc.example.org"))
        let before = alice.store.image
        guard case .refused(.materialMissing, let events) = try alice.encrypt(draft) else {
            Issue.record("it was encrypted for nobody")
            return
        }
        #expect(events == [.unknownRoom(try BareJID("other@muc.example.org"))])
        #expect(alice.store.image == before)
    }

    @Test func roomsAreNoContacts() throws {
        let contacts = try alice.engine.change { machine, transaction throws(SessionError) in
            #expect(try machine.rooms(in: transaction) == [room])
            return try machine.contacts(in: transaction)
        }
        #expect(contacts == [bob.jid, carol.jid])
        let after = try alice.engine.change { machine, transaction throws(SessionError) in
            try machine.forget(room: room, in: &transaction)
            #expect(try machine.rooms(in: transaction).isEmpty)
            return try machine.contacts(in: transaction)
        }
        #expect(after == contacts)
        #expect(try members(alice) == nil)
    }

    /// conversations #3081: one member without keys must not keep a room from being written to.
    @Test(arguments: ["absent", "empty list", "garbage", "no bundle"])
    func oneDamagedMemberIsNamedAndBlocksNobody(damage: String) throws {
        let dave = try BareJID("dave@example.org")
        try alice.engine.change { machine, transaction throws(SessionError) in
            try machine.learn(
                [RoomMember(dave, .member)], of: room, isWhole: false, at: TestDevice.start, in: &transaction)
        }
        var absent: [Node: Event.Reason] = [:]
        for version in Version.allCases {
            let node = DeviceList.node(of: dave, version: version)
            switch damage {
            case "absent":
                try alice.engine.change { machine, transaction throws(SessionError) in
                    try machine.learn(absent: node, at: TestDevice.start, in: &transaction)
                }
            case "empty list": try alice.learn(DeviceList([], version: version).publication(for: dave))
            case "garbage": absent[node] = .badBundle
            default:
                let list = DeviceList([ListedDevice(try DeviceID(9))], version: version)
                try alice.learn(list.publication(for: dave))
                absent[BundlePlace(try DeviceID(9), version: version).node(of: dave)] = .noBundle
            }
        }
        let draft = Draft(.text("hello"), to: [], room: room)
        let outcome = try alice.engine.change { machine, transaction throws(SessionError) in
            try machine.encrypt(draft, without: absent, at: TestDevice.start, in: &transaction)
        }
        guard case .sealed(let messages, let events) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        let left = events.compactMap { if case .memberLeftOut(let jid, _) = $0 { jid } else { nil } }
        #expect(left == [dave])
        #expect(try bob.decrypt(messages, from: alice.jid, room: room).plaintext?.content.text == "hello")
        // In a conversation with Dave alone nothing is encrypted for nobody.
        let alone = try alice.engine.change { machine, transaction throws(SessionError) in
            try machine.encrypt(Draft(.text("x"), to: [dave]), without: absent, at: TestDevice.start, in: &transaction)
        }
        guard case .refused(.materialMissing, _) = alone else {
            Issue.record("\(alone)")
            return
        }
    }

    /// Whether somebody has devices could not be found out: that is no reason to leave them out.
    @Test func whoCouldNotBeAskedIsNotLeftOut() throws {
        let dave = try TestDevice("dave@example.org", 9)
        try learn(alice, [(dave, .member)])
        guard case .missing(let nodes) = try alice.encrypt(Draft(.text("x"), to: [], room: room)) else {
            Issue.record("somebody was left out unasked")
            return
        }
        #expect(Set(nodes.map(\.owner)) == [dave.jid])
    }

    @Test func aRoomWhereNobodyCanReadItIsNotWrittenTo() throws {
        let empty = try BareJID("empty@muc.example.org")
        let dave = try BareJID("dave@example.org")
        try alice.learn([alice, try TestDevice("alice@example.org", 7)])
        try alice.engine.change { machine, transaction throws(SessionError) in
            try machine.learn(
                [RoomMember(dave, .owner)], of: empty, isWhole: true, at: TestDevice.start, in: &transaction)
            for version in Version.allCases {
                let node = DeviceList.node(of: dave, version: version)
                try machine.learn(absent: node, at: TestDevice.start, in: &transaction)
            }
        }
        guard case .refused(.materialMissing, let events) = try alice.encrypt(Draft(.text("x"), to: [], room: empty))
        else {
            Issue.record("it was encrypted for own devices alone")
            return
        }
        #expect(events.contains(.memberLeftOut(dave, .noDevices)))
    }

    /// Somebody may have begun to use OMEMO since it was last looked.
    @Test func whoHadNoDevicesIsLookedAtAgain() throws {
        let dave = try TestDevice("dave@example.org", 9)
        try alice.engine.change { machine, transaction throws(SessionError) in
            for version in Version.allCases {
                let node = DeviceList.node(of: dave.jid, version: version)
                try machine.learn(absent: node, at: TestDevice.start, in: &transaction)
            }
        }
        let attempt = { (days: Int64) throws -> Encryption in
            try alice.engine.change { machine, transaction throws(SessionError) in
                let now = Timestamp(milliseconds: TestDevice.start.milliseconds + days * 24 * 3600 * 1000)
                return try machine.encrypt(Draft(.text("x"), to: [dave.jid]), at: now, in: &transaction)
            }
        }
        guard case .refused(.materialMissing, _) = try attempt(0), case .missing(let nodes) = try attempt(2) else {
            Issue.record("it was never looked at again")
            return
        }
        #expect(Set(nodes) == Set(Version.allCases.map { DeviceList.node(of: dave.jid, version: $0) }))
        try alice.learn([dave])
        guard case .sealed = try attempt(2) else {
            Issue.record("the new device got nothing")
            return
        }
    }

    // MARK: Unknown occupants

    private func read(
        _ messages: [EncryptedMessage], by device: TestDevice, occupant: String
    ) throws(SessionError) -> Decryption {
        let element = messages.first?.element ?? Element("none", namespace: "")
        let sender = (try? JID("\(room)/\(occupant)")) ?? JID(room)
        let incoming = Incoming(.element(element), from: sender, to: JID(device.jid), room: room)
        return try device.engine.change { machine, transaction throws(SessionError) in
            try machine.decrypt(messages, incoming, at: TestDevice.start, in: &transaction)
        }
    }

    @Test(arguments: Version.allCases) func theAccountBehindAnOccupantIsFound(version: Version) throws {
        // Bob and Carol's devices are known, by their keys; one has a session and the other begins one.
        _ = try bob.decrypt(try say("first", alice, [version]).0, from: alice.jid, room: room)
        let (message, _) = try say("who am I", bob, [version])
        let found = try read(message, by: alice, occupant: "nick")
        #expect(found.plaintext?.author.jid == bob.jid)
        #expect(found.plaintext?.content.text == "who am I")
        let (fresh, _) = try say("and I", carol, [version])
        #expect(try read(fresh, by: alice, occupant: "other").plaintext?.author.jid == carol.jid)
        // the same again is the same message
        #expect(try read(fresh, by: alice, occupant: "other").isRepeated)
    }

    /// Two members may have devices of the same number: the key decides.
    @Test(arguments: Version.allCases) func theKeyDecidesBetweenEqualNumbers(version: Version) throws {
        let twin = try TestDevice("aaron@example.org", 2, preKeys: 64)
        for device in [alice, carol] {
            try device.learn([twin])
            try twin.learn([device])
        }
        try twin.learn([bob])
        try learn(alice, [(twin, .member)])
        try learn(twin, [(alice, .owner), (carol, .admin)], isWhole: true)
        #expect(try read(try say("bob's", bob, [version]).0, by: alice, occupant: "x").plaintext?.author.jid == bob.jid)
        #expect(
            try read(try say("twin's", twin, [version]).0, by: alice, occupant: "x").plaintext?.author.jid == twin.jid)
    }

    /// Whoever is in the room can name any number: a key that nobody knows is nobody's.
    @Test(arguments: Version.allCases) func aStrangerIsNotTakenForAMember(version: Version) throws {
        let mallory = try TestDevice("mallory@example.org", 9)
        try mallory.learn([alice])
        let dave = try BareJID("dave@example.org")
        try alice.learn(DeviceList([ListedDevice(try DeviceID(9))], version: version).publication(for: dave))
        try alice.engine.change { machine, transaction throws(SessionError) in
            try machine.learn(
                [RoomMember(dave, .member)], of: room, isWhole: false, at: TestDevice.start, in: &transaction)
        }
        guard
            case .sealed(let messages, _) = try mallory.encrypt(
                Draft(.text("I am Dave"), to: [alice.jid], room: room, versions: [version]))
        else { throw SessionError.noSession }
        let before = alice.store.image
        #expect(throws: SessionError.noSession) { try read(messages, by: alice, occupant: "dave") }
        #expect(alice.store.image == before)
        // nor is one who takes a known device's number
        let thief = try TestDevice("thief@example.org", 2)
        try thief.learn([alice])
        guard
            case .sealed(let stolen, _) = try thief.encrypt(
                Draft(.text("I am Bob"), to: [alice.jid], room: room, versions: [version]))
        else { throw SessionError.noSession }
        #expect(throws: SessionError.noSession) { try read(stolen, by: alice, occupant: "bob") }
        #expect(alice.store.image == before)
    }

    // MARK: Reflections

    @Test(arguments: [[Version.v2], [.v03], [.v2, .v03]], [false, true])
    func whatIsSaidComesBackOnce(versions: [Version], isNamed: Bool) throws {
        let (messages, _) = try say("my own words", alice, versions)
        try alice.restart()
        let reflect = { () throws(SessionError) -> Decryption in
            guard isNamed else { return try self.read(messages, by: self.alice, occupant: "me") }
            return try self.alice.decrypt(messages, from: self.alice.jid, room: self.room)
        }
        let first = try reflect()
        #expect(first.plaintext?.content.text == "my own words")
        #expect(first.plaintext?.author.jid == alice.jid)
        #expect(first.plaintext?.author.key == alice.engine.device.fingerprint)
        #expect(first.sender == alice.address && !first.isRepeated)
        #expect(try reflect().isRepeated)
        let receipt = try #require(first.receipt)
        try alice.engine.change { machine, transaction throws(SessionError) in
            try machine.acknowledge(receipt, in: &transaction)
        }
        #expect(throws: SessionError.self) { try reflect() }
    }

    /// What was said elsewhere, or by somebody else, is not what comes back.
    @Test func onlyWhatWasSaidThereComesBack() throws {
        let (messages, _) = try say("here", alice)
        #expect(alice.refusal(messages, from: alice.jid) == .notForThisDevice)
        #expect(
            alice.refusal(messages, from: alice.jid, room: try BareJID("other@muc.example.org")) == .notForThisDevice)
        let other = try bob.decrypt(messages, from: alice.jid, room: room)
        #expect(other.plaintext?.content.text == "here")
        let private_ = try alice.encrypt("private", to: bob.jid)
        #expect(alice.refusal(private_, from: alice.jid, room: room) == .notForThisDevice)
    }

    /// A plaintext that no room sends back is not kept for long, nor are there ever many.
    @Test func whatDoesNotComeBackIsForgotten() throws {
        let (messages, _) = try say("lost", alice)
        let maintain = { (hours: Int64) throws in
            _ = try alice.engine.change { machine, transaction throws(SessionError) in
                let now = Timestamp(milliseconds: TestDevice.start.milliseconds + hours * 3600 * 1000)
                return try machine.maintain(at: now, in: &transaction)
            }
        }
        try maintain(23)
        let reflections = { alice.store.image.keys.filter { $0.table == .reflection }.count }
        #expect(reflections() == 1)
        try maintain(25)
        #expect(reflections() == 0)
        #expect(alice.refusal(messages, from: alice.jid, room: room) == .notForThisDevice)
        for number in 0..<1100 { _ = try say("\(number)", alice, [.v2]) }
        try maintain(1)
        #expect(reflections() <= 1024)
    }
}
