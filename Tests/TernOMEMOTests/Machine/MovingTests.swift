// An account goes on where its file was read: all that it knew, all that is under way, and no key that a copy could use too.

import TernArchive
import TernCore
import TernCrypto
import TernOMEMO
import TernRatchet
import Testing

@Suite struct MovingTests {
    let alice: TestDevice
    let bob: TestDevice

    init() throws {
        alice = try TestDevice("alice@example.org", 1)
        bob = try TestDevice("bob@example.org", 2)
        try alice.learn([bob])
        try bob.learn([alice])
    }

    /// Both have written, and Alice has a chain open.
    private func talk(_ version: Version) throws -> [[EncryptedMessage]] {
        var written: [[EncryptedMessage]] = []
        for (text, isHers) in [("a", true), ("b", false), ("c", true), ("d", true), ("e", false), ("f", true)] {
            let (from, to) = isHers ? (alice, bob) : (bob, alice)
            let message = try from.encrypt(text, to: to.jid, [version])
            #expect(try to.decrypt(message, from: from.jid).plaintext?.content == .text(text))
            if isHers { written.append(message) }
        }
        return written
    }

    @Test(arguments: Version.allCases) func allOfItArrives(version: Version) throws {
        _ = try talk(version)
        let late = try bob.encrypt("late", to: alice.jid, [version])
        let kept = try bob.encrypt("kept", to: alice.jid, [version])
        _ = try alice.decrypt(kept, from: bob.jid)
        try alice.decide(.verified, bob)
        let tablet = try TestDevice("alice@example.org", 9)
        try alice.learn([alice, tablet], [version])
        let moved = try TestDevice.taking(try alice.export(.move))
        #expect(moved.address == alice.address)
        #expect(moved.engine.device.fingerprint == alice.engine.device.fingerprint)
        #expect(moved.engine.device.created == alice.engine.device.created)
        let (before, after) = (try alice.standings(of: bob.jid), try moved.standings(of: bob.jid))
        #expect(before.map(\.trust) == [.verified] && after.map(\.trust) == [.verified])
        #expect(before.map(\.fingerprint) == after.map(\.fingerprint))
        #expect(after.allSatisfy { $0.sessions.allSatisfy(\.isReadOnly) && !$0.sessions.isEmpty })
        #expect(try moved.standings(of: alice.jid).map(\.address.device.value) == [1, 9])
        // a plaintext that nobody took, a message that was skipped, one that follows, and a turn of the ratchet
        let again = try moved.decrypt(kept, from: bob.jid)
        #expect(again.isRepeated && again.plaintext?.content == .text("kept"))
        #expect(try moved.decrypt(late, from: bob.jid).plaintext?.content == .text("late"))
        #expect(moved.refusal(late, from: bob.jid) == nil)
        let next = try bob.encrypt("next", to: alice.jid, [version])
        try moved.restart()
        #expect(try moved.decrypt(next, from: bob.jid).plaintext?.content == .text("next"))
        #expect(try moved.decrypt(next, from: bob.jid).plaintext?.author.trust == .verified)
    }

    /// Where another session would answer so that the other side's ratchet turns, one of a file reads on.
    @Test(arguments: Version.allCases) func aLongChainIsReadWithoutAnAnswer(version: Version) throws {
        _ = try talk(version)
        let moved = try TestDevice.taking(try alice.export(.move))
        for number in 0..<120 {
            let message = try bob.encrypt("\(number)", to: alice.jid, [version])
            let read = try moved.decrypt(message, from: bob.jid)
            #expect(read.plaintext?.content == .text("\(number)") && read.replies.isEmpty)
        }
    }

    @Test func whatHasMovedDoesNothingAnyMore() throws {
        _ = try talk(.v2)
        let message = try bob.encrypt("?", to: alice.jid)
        let held = alice.engine
        let file = try alice.export(.move)
        let before = alice.store.image
        for restarted in [false, true] {
            if restarted { try alice.restart() } else { alice.engine = held }
            #expect(throws: SessionError.store(.moved)) { try alice.encrypt("?", to: bob.jid) }
            #expect(alice.refusal(message, from: bob.jid) == .store(.moved))
            #expect(throws: SessionError.store(.moved)) { try alice.publications() }
            #expect(throws: SessionError.store(.moved)) { try alice.decide(.distrusted, bob) }
            let status = try alice.engine.read { machine, transaction throws(SessionError) in
                try machine.status(in: transaction)
            }
            #expect(status.moved == TestDevice.start)
        }
        #expect(alice.store.image == before)
        // a file that was lost can be written again, and does not say that the account has moved
        let second = try TestDevice.taking(try alice.export(.copy))
        #expect(try second.decrypt(message, from: bob.jid).plaintext?.content == .text("?"))
        #expect(try TestDevice.taking(file).decrypt(message, from: bob.jid).plaintext?.content == .text("?"))
    }

    @Test(arguments: Version.allCases, [Provenance.move, .copy])
    func twoCopiesNeverUseOneKeyTwice(version: Version, provenance: Provenance) throws {
        var keys = UsedKeys()
        for message in try talk(version) { try keys.add(message) }
        let file = try alice.export(provenance)
        var devices = [try TestDevice.taking(file), try TestDevice.taking(file)]
        // the store of a copy may go on too, on the chain that it has open
        if provenance == .copy { devices.append(alice) }
        // what Bob writes before he hears of it is read by all
        let old = try bob.encrypt("old", to: alice.jid, [version])
        for device in devices {
            #expect(try device.decrypt(old, from: bob.jid).plaintext?.content == .text("old"))
        }
        for (number, device) in devices.enumerated() where device !== alice {
            #expect(
                try device.silence(bob.jid, version) == [
                    BundlePlace(bob.address.device, version: version).node(of: bob.jid)
                ])
            try device.learn([bob], [version])
            let message = try device.encrypt("start \(number)", to: bob.jid, [version])
            try keys.add(message)
            #expect(try bob.decrypt(message, from: alice.jid).plaintext?.content == .text("start \(number)"))
        }
        for round in 0..<3 {
            for (number, device) in devices.enumerated() {
                let message = try device.encrypt("\(number) \(round)", to: bob.jid, [version])
                try keys.add(message)
                try device.restart()
                #expect(try bob.decrypt(message, from: alice.jid).plaintext?.content == .text("\(number) \(round)"))
            }
            let answer = try bob.encrypt("answer \(round)", to: alice.jid, [version])
            let readers = devices.count { $0.refusal(answer, from: bob.jid) == nil }
            #expect(readers >= 1)
        }
        #expect(keys.count == 4 + 2 + 3 * devices.count)
    }

    @Test func nothingIsEverSentOnASessionOfAFile() throws {
        _ = try talk(.v2)
        let moved = try TestDevice.taking(try alice.export(.move))
        try moved.learn([bob], [.v2])
        let first = try moved.encrypt("first", to: bob.jid)
        #expect(first[0].keys.allSatisfy { $0.isKeyExchange })
        // Bob has not heard of it, and writes more than any counter of such messages holds
        for number in 0..<300 {
            let message = try bob.encrypt("\(number)", to: alice.jid)
            #expect(try moved.decrypt(message, from: bob.jid).plaintext?.content == .text("\(number)"))
        }
        let second = try moved.encrypt("second", to: bob.jid)
        #expect(second[0].keys.allSatisfy { $0.isKeyExchange })
        for (message, text) in [(first, "first"), (second, "second")] {
            #expect(try bob.decrypt(message, from: alice.jid).plaintext?.content == .text(text))
        }
        let answer = try bob.encrypt("answer", to: alice.jid)
        #expect(try moved.decrypt(answer, from: bob.jid).plaintext?.content == .text("answer"))
        #expect(try moved.encrypt("third", to: bob.jid)[0].keys.allSatisfy { !$0.isKeyExchange })
    }

    @Test(arguments: Version.allCases) func keyExchangesUnderWayAreReadOnce(version: Version) throws {
        let message = try bob.encrypt("hello", to: alice.jid, [version])
        let before = try bundle(version, of: alice)
        let file = try alice.export(.copy)
        let moved = try TestDevice.taking(file)
        let after = try bundle(version, of: moved)
        #expect(after.identity == before.identity && after.signedPreKeyID != before.signedPreKeyID)
        #expect(after.preKeys.count == 5)
        #expect(Set(after.preKeys.map(\.key)).isDisjoint(with: before.preKeys.map(\.key)))
        #expect(Set(after.preKeys.map(\.id)).isDisjoint(with: before.preKeys.map(\.id)))
        #expect(try moved.decrypt(message, from: bob.jid).plaintext?.content == .text("hello"))
        #expect(try bundle(version, of: moved).preKeys == after.preKeys)
        // nobody gets a second session from one prekey
        try moved.engine.change { machine, transaction throws(SessionError) in
            try machine.reset(bob.address, in: &transaction)
        }
        for receipt in try moved.receipts() {
            try moved.engine.change { machine, transaction throws(SessionError) in
                try machine.acknowledge(receipt, in: &transaction)
            }
        }
        #expect(moved.refusal(message, from: bob.jid) == .materialMissing)
    }

    @Test func retiredPreKeysAreDroppedInTheEnd() throws {
        let message = try bob.encrypt("hello", to: alice.jid)
        let moved = try TestDevice.taking(try alice.export(.copy))
        let day: Int64 = 24 * 3600 * 1000
        for days in [29, 31] as [Int64] {
            let later = Timestamp(milliseconds: TestDevice.start.milliseconds + days * day)
            try moved.engine.change { machine, transaction throws(SessionError) in
                try machine.rotate(at: later, in: &transaction)
            }
            let copy = try TestDevice(moved.jid, in: moved.store.copy())
            #expect(copy.refusal(message, from: bob.jid) == (days < 30 ? nil : .materialMissing))
        }
    }

    @Test func whatWaitsGoesAlongWithAMoveAlone() throws {
        _ = try alice.decrypt(try bob.encrypt("hello", to: alice.jid), from: bob.jid)
        let sends = try alice.outstanding().filter { if case .send = $0 { true } else { false } }
        let answer = Outstanding.send(try #require(try alice.answer(to: bob)))
        try alice.engine.change { machine, transaction throws(SessionError) in
            try machine.enqueue(answer, in: &transaction)
            try machine.enqueue(.fetchDeviceLists(bob.jid), in: &transaction)
        }
        #expect(sends.isEmpty)
        let copy = try TestDevice.taking(try alice.export(.copy)).outstanding()
        let moved = try TestDevice.taking(try alice.export(.move)).outstanding()
        #expect(moved.contains(answer) && !copy.contains(answer))
        for version in Version.allCases {
            #expect(moved.contains(.publishDeviceList(version)) && !copy.contains(.publishDeviceList(version)))
            #expect(moved.contains(.publishBundle(version)) && copy.contains(.publishBundle(version)))
        }
        for waiting in [copy, moved] {
            #expect(waiting.contains(.fetchDeviceLists(bob.jid)) && waiting.contains(.fetchDeviceLists(alice.jid)))
        }
    }

    @Test func aThousandSessionsMovePieceByPiece() throws {
        let count = 1000
        let crowd = try (0..<UInt32(count)).map { try TestDevice("crowd@example.net", 100 + $0, preKeys: 1) }
        try alice.learn(crowd, [.v2])
        let message = try alice.encrypt("hello", to: crowd[0].jid, [.v2])
        #expect(message[0].keys.count == count)
        let answer = { (device: TestDevice) throws -> [EncryptedMessage] in
            _ = try device.decrypt(message, from: self.alice.jid)
            try device.learn([self.alice], [.v2])
            return try device.encrypt("answer", to: self.alice.jid, [.v2])
        }
        let answers = try [crowd[0], crowd[count - 1]].map(answer)
        let pieces = try alice.store.export(alice.jid, .move).pieces
        // what a piece has not taken is not in memory, whatever the size of the account
        #expect(pieces.count > 5 && pieces.allSatisfy { $0.count <= FileBytes.piece })
        let moved = try TestDevice.taking(FileBytes(bytes: pieces.flatMap { $0 }))
        let standings = try moved.standings(of: crowd[0].jid)
        #expect(standings.count == count && standings.allSatisfy { $0.sessions.allSatisfy(\.isReadOnly) })
        for answer in answers {
            #expect(try moved.decrypt(answer, from: crowd[0].jid).plaintext?.content == .text("answer"))
        }
    }

    @Test func aMovedAccountMovesOn() throws {
        _ = try talk(.v2)
        var device = alice
        for round in 0..<3 {
            device = try TestDevice.taking(try device.export(.move))
            let before = try bob.encrypt("before \(round)", to: alice.jid)
            #expect(try device.decrypt(before, from: bob.jid).plaintext?.content == .text("before \(round)"))
            try device.learn([bob], [.v2])
            let message = try device.encrypt("round \(round)", to: bob.jid)
            #expect(try bob.decrypt(message, from: alice.jid).plaintext?.content == .text("round \(round)"))
        }
    }

    private func bundle(_ version: Version, of device: TestDevice) throws -> Bundle {
        try Bundle(try #require(try device.publications([version]).last).payload, version: version)
    }
}

/// The message keys that left a device, each for one ciphertext.
private struct UsedKeys {
    private struct Place: Hashable {
        let recipient: DeviceID
        let ratchetKey: [UInt8]
        let index: UInt32
    }

    private var places: Set<Place> = []
    var count: Int { places.count }

    mutating func add(_ messages: [EncryptedMessage]) throws {
        for message in messages {
            for key in message.keys {
                var bytes = try key.bytes()
                if key.isKeyExchange { bytes = try KeyExchangeElement.decode(bytes, message.version).message }
                let header = try message.version.header(of: bytes.span)
                let place = Place(
                    recipient: key.device, ratchetKey: header.ratchetKey.bytes.array, index: header.index)
                #expect(places.insert(place).inserted, "a message key for two messages")
            }
        }
    }
}

extension TestDevice {
    fileprivate func standings(of jid: BareJID) throws -> [DeviceStanding] {
        try engine.read { machine, transaction throws(SessionError) in try machine.devices(of: jid, in: transaction) }
    }

    fileprivate func receipts() throws -> [RowKey] {
        store.image.keys.filter { $0.table == .inbox }.map(\.key)
    }

    /// A message that says nothing.
    fileprivate func answer(to device: TestDevice) throws -> Outbound? {
        let message = try engine.change { machine, transaction throws(SessionError) in
            try machine.emptyMessage(for: device.address, .v2, in: &transaction)
        }
        return Outbound(to: .chat(JID(device.jid)), .element(message.element), companions: [])
    }
}
