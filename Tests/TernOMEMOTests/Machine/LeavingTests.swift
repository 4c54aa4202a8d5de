// What leaving OMEMO is: nothing of this device stays published, nothing is encrypted here, and what comes late is still read.

import TernCore
import TernCrypto
import TernOMEMO
import TernXML
import Testing

@Suite struct LeavingTests {
    private func leave(_ device: TestDevice) throws {
        try device.engine.change { machine, transaction throws(SessionError) in
            try machine.leave(at: TestDevice.start, in: &transaction)
        }
    }

    private func join(_ device: TestDevice, at now: Timestamp = TestDevice.start) throws {
        try device.engine.change { machine, transaction throws(SessionError) in
            try machine.join(at: now, in: &transaction)
        }
    }

    private func takeOutbox(_ device: TestDevice) throws -> [Outstanding] {
        try device.engine.change { machine, transaction throws(SessionError) in
            let waiting = try machine.outstanding(in: transaction)
            for each in waiting { try machine.remove(each.key, in: &transaction) }
            return waiting.map(\.value)
        }
    }

    private func ownList(_ device: TestDevice, _ version: Version) throws -> [DeviceID] {
        let publication = try device.engine.change { machine, transaction throws(SessionError) in
            try machine.deviceList(version, in: transaction)
        }
        let item = Item(id: publication.node.item, payload: publication.payload)
        return try DeviceList(items: [item], version: version).devices.map(\.id)
    }

    @Test(arguments: [false, true]) func nothingOfItStaysPublished(restarts: Bool) throws {
        let alice = try TestDevice("alice@example.org", 1)
        let other = try TestDevice("alice@example.org", 9)
        try alice.learn([alice, other])
        _ = try takeOutbox(alice)
        try leave(alice)
        if restarts { try alice.restart() }
        let waiting = try takeOutbox(alice)
        #expect(
            Set(waiting) == [
                .publishDeviceList(.v03), .publishDeviceList(.v2), .withdrawBundle(.v03), .withdrawBundle(.v2),
            ])
        for version in Version.allCases { #expect(try ownList(alice, version) == [other.address.device]) }
        let nodes = waiting.compactMap { alice.engine.device.withdrawal(for: $0) }
        #expect(Set(nodes.map(\.name)) == ["urn:xmpp:omemo:2:bundles", "eu.siacs.conversations.axolotl.bundles:1"])
        #expect(nodes.first { $0.name == "urn:xmpp:omemo:2:bundles" }?.item == "1")
        #expect(nodes.first { $0.name != "urn:xmpp:omemo:2:bundles" }?.item == nil)
        #expect(throws: SessionError.ended) { try leave(alice) }
    }

    @Test func nothingIsEncryptedAndWhatComesLateIsRead() throws {
        let (alice, bob) = (try TestDevice("alice@example.org", 1), try TestDevice("bob@example.org", 2))
        try alice.learn([bob])
        try bob.learn([alice])
        _ = try alice.decrypt(try bob.encrypt("hello", to: alice.jid), from: bob.jid)
        try leave(alice)
        _ = try takeOutbox(alice)
        let before = alice.store.image
        guard case .refused(.ended, let events) = try alice.encrypt(Draft(.text("no"), to: [bob.jid])) else {
            Issue.record("a device that has left encrypted something")
            return
        }
        #expect(events == [.device(alice.address, .withdrawn)])
        #expect(alice.store.image == before)
        let late = try alice.decrypt(try bob.encrypt("late", to: alice.jid), from: bob.jid)
        #expect(late.plaintext?.content.text == "late")
        // A new session is read too, and not answered; nothing is published because its prekey is gone.
        let carol = try TestDevice("carol@example.org", 3)
        let bundle = try alice.engine.change { machine, transaction throws(SessionError) in
            try machine.bundle(.v2, in: transaction)
        }
        try carol.learn(DeviceList([ListedDevice(alice.address.device)], version: .v2).publication(for: alice.jid))
        try carol.learn(bundle)
        let first = try alice.decrypt(try carol.encrypt("first", to: alice.jid, [.v2]), from: carol.jid)
        #expect(first.plaintext?.content.text == "first")
        #expect(first.replies.isEmpty)
        #expect(try takeOutbox(alice).allSatisfy { $0 == .fetchDeviceLists(carol.jid) })
        try alice.engine.change { machine, transaction throws(SessionError) in
            let year = Timestamp(milliseconds: TestDevice.start.milliseconds + 365 * 24 * 3600 * 1000)
            try machine.maintain(at: year, in: &transaction)
        }
        #expect(try takeOutbox(alice).isEmpty)
    }

    /// A list on which somebody has put it again is corrected; one without it is as it should be.
    @Test func itIsNotAnnouncedAgain() throws {
        let alice = try TestDevice("alice@example.org", 1)
        try leave(alice)
        _ = try takeOutbox(alice)
        try alice.learn(DeviceList([ListedDevice(try DeviceID(9))], version: .v2).publication(for: alice.jid))
        #expect(try takeOutbox(alice).isEmpty)
        let both = [ListedDevice(alice.address.device), ListedDevice(try DeviceID(9))]
        try alice.learn(DeviceList(both, version: .v2).publication(for: alice.jid))
        #expect(try takeOutbox(alice) == [.publishDeviceList(.v2)])
        #expect(try ownList(alice, .v2) == [try DeviceID(9)])
        try alice.engine.change { machine, transaction throws(SessionError) in
            let node = DeviceList.node(of: alice.jid, version: .v2)
            try machine.learn(absent: node, at: TestDevice.start, in: &transaction)
        }
        #expect(try takeOutbox(alice).isEmpty)
    }

    @Test func itComesBackWithTheSameKey() throws {
        let (alice, bob) = (try TestDevice("alice@example.org", 1), try TestDevice("bob@example.org", 2))
        try alice.learn([bob])
        try bob.learn([alice])
        #expect(throws: SessionError.misuse) { try join(alice) }
        _ = try alice.decrypt(try bob.encrypt("hello", to: alice.jid), from: bob.jid)
        try leave(alice)
        try join(alice, at: Timestamp(milliseconds: TestDevice.start.milliseconds + 30 * 24 * 3600 * 1000))
        let waiting = try takeOutbox(alice)
        #expect(
            Set(waiting).isSuperset(
                of: [.publishDeviceList(.v03), .publishDeviceList(.v2), .publishBundle(.v03), .publishBundle(.v2)]))
        #expect(!waiting.contains(.withdrawBundle(.v2)))
        #expect(try ownList(alice, .v2) == [alice.address.device])
        let back = try bob.decrypt(try alice.encrypt("back", to: bob.jid), from: alice.jid)
        #expect(back.plaintext?.content.text == "back")
        #expect(back.plaintext?.author.key == alice.engine.device.fingerprint)
    }

    // MARK: What stands under its number

    /// A number that stood on the account's list before the device was announced is somebody else's: nothing is published.
    @Test func aNumberThatIsTakenIsNotPublished() throws {
        let jid = try BareJID("alice@example.org")
        let store = MemoryStore()
        let engine = try OMEMOEngine(creating: jid, device: try DeviceID(7), at: TestDevice.start, in: store)
        let list = DeviceList([ListedDevice(try DeviceID(7)), ListedDevice(try DeviceID(8))], version: .v2)
            .publication(for: jid)
        let item = Item(id: list.node.item, payload: list.payload)
        let events = try engine.change { machine, transaction throws(SessionError) in
            try machine.learn([item], at: list.node, at: TestDevice.start, in: &transaction)
        }
        #expect(events == [.device(engine.device.address, .numberTaken)])
        let waiting = { (engine: OMEMOEngine<MemoryStore>) throws(SessionError) in
            try engine.change { machine, transaction throws(SessionError) in
                try machine.outstanding(in: transaction).map(\.value)
            }
        }
        #expect(try !waiting(engine).contains(.publishDeviceList(.v2)))
        // A person knows that it was this device's own.
        try engine.change { machine, transaction throws(SessionError) in
            try machine.join(at: TestDevice.start, in: &transaction)
        }
        #expect(try waiting(engine).contains(.publishDeviceList(.v2)))
        let published = try engine.change { machine, transaction throws(SessionError) in
            try machine.deviceList(.v2, in: transaction)
        }
        #expect(published.payload.elements.compactMap { $0["id"] } == ["7", "8"])
    }

    /// Somebody has put an older bundle in the place of the present one: its prekeys may be used up.
    @Test(arguments: Version.allCases) func anOlderBundleIsReplaced(version: Version) throws {
        let (alice, bob) = (try TestDevice("alice@example.org", 1), try TestDevice("bob@example.org", 2))
        let before = try #require(try alice.publications([version]).last)
        try alice.learn(before)
        _ = try takeOutbox(alice)
        try alice.learn(before)
        #expect(try takeOutbox(alice).isEmpty)
        try bob.learn([alice], [version])
        _ = try alice.decrypt(try bob.encrypt("hello", to: alice.jid, [version]), from: bob.jid)
        _ = try takeOutbox(alice)
        try alice.learn(before)
        #expect(try takeOutbox(alice) == [.publishBundle(version)])
    }
}
