// What becomes of keys that nobody has seen before, and that nothing is encrypted beside one that nobody decided about.

import TernCore
import TernCrypto
import TernOMEMO
import Testing

@Suite struct PolicyTests {
    let alice: TestDevice
    let bob: TestDevice
    let laptop: TestDevice

    init() throws {
        alice = try TestDevice("alice@example.org", 1, preKeys: 64)
        bob = try TestDevice("bob@example.org", 2, preKeys: 64)
        laptop = try TestDevice("bob@example.org", 3, preKeys: 64)
    }

    private func set(_ policy: TrustPolicy?, of jid: BareJID? = nil) throws(SessionError) {
        try alice.engine.change { machine, transaction throws(SessionError) in
            try machine.setPolicy(policy, of: jid, in: &transaction)
        }
    }

    private func trust(of device: TestDevice) throws -> Trust? {
        let known = try alice.engine.change { machine, transaction throws(SessionError) in
            try machine.devices(of: device.jid, in: transaction)
        }
        return known.first { $0.address == device.address }?.trust
    }

    @Test(arguments: TrustPolicy.allCases, Version.allCases)
    func aFirstKeyIsAcceptedAsThePolicySays(_ policy: TrustPolicy, _ version: Version) throws {
        try set(policy)
        try alice.learn([bob], [version])
        #expect(try trust(of: bob) == (policy == .manual ? .undecided : .firstUse))
    }

    @Test(arguments: Version.allCases) func everyUndecidedDeviceIsNamed(_ version: Version) throws {
        try set(.manual)
        try alice.learn([bob, laptop], [version])
        let draft = Draft(.text("Hello"), to: [bob.jid], versions: [version], isPartial: true)
        let before = alice.store.image
        guard case .refused(.untrusted, let events) = try alice.encrypt(draft) else { return #expect(Bool(false)) }
        #expect(
            Set(events)
                == Set([bob, laptop].map { .device($0.address, .undecided($0.engine.device.fingerprint)) }))
        #expect(alice.store.image == before)
        // A decision about one is none about the other.
        try alice.decide(.firstUse, bob)
        guard case .refused(.untrusted, let rest) = try alice.encrypt(draft) else { return #expect(Bool(false)) }
        #expect(rest == [.device(laptop.address, .undecided(laptop.engine.device.fingerprint))])
        try alice.decide(.distrusted, laptop)
        guard case .sealed(let messages, _) = try alice.encrypt(draft) else { return #expect(Bool(false)) }
        #expect(messages.flatMap(\.keys).map(\.device) == [bob.address.device])
    }

    @Test func blindTrustEndsWithTheFirstVerification() throws {
        try set(.blind)
        try alice.learn([bob])
        try alice.decide(.verified, bob)
        try alice.restart()
        try alice.learn([bob, laptop])
        #expect(try trust(of: laptop) == .undecided)
        // another contact is another matter
        let carol = try TestDevice("carol@example.org", 4)
        try alice.learn([carol])
        #expect(try trust(of: carol) == .firstUse)
    }

    @Test func aContactsPolicyTakesTheAccountsPlace() throws {
        try set(.manual)
        try set(.firstUse, of: bob.jid)
        try alice.restart()
        try alice.learn([bob])
        #expect(try trust(of: bob) == .firstUse)
        try set(nil, of: bob.jid)
        try alice.learn([bob, laptop])
        #expect(try trust(of: laptop) == .undecided)
        #expect(throws: SessionError.misuse) { try set(nil) }
    }

    @Test(arguments: Version.allCases) func ownOtherDevicesAreUnderItToo(_ version: Version) throws {
        try set(.manual)
        let tablet = try TestDevice("alice@example.org", 5)
        try alice.learn([bob], [version])
        try alice.decide(.firstUse, bob)
        try alice.learn([alice, tablet], [version])
        let draft = Draft(.text("Hello"), to: [bob.jid], versions: [version])
        guard case .refused(.untrusted, let events) = try alice.encrypt(draft) else { return #expect(Bool(false)) }
        #expect(events == [.device(tablet.address, .undecided(tablet.engine.device.fingerprint))])
    }

    /// It is read, and its trust told: refusing it would only hide that somebody writes.
    @Test(arguments: Version.allCases) func anUndecidedDeviceIsReadAndNotAnsweredWithWords(_ version: Version) throws {
        try set(.manual)
        try bob.learn([alice], [version])
        let read = try alice.decrypt(bob.encrypt("Hello", to: alice.jid, [version]), from: bob.jid)
        #expect(read.plaintext?.content == .text("Hello"))
        #expect(read.plaintext?.author.trust == .undecided)
        #expect(read.events.contains(.device(bob.address, .undecided(bob.engine.device.fingerprint))))
        // The empty answer to its key exchange is exempt (XEP-0384 §security).
        #expect(read.replies.count == 1)
        try alice.learn(DeviceList([ListedDevice(bob.address.device)], version: version).publication(for: bob.jid))
        let draft = Draft(.text("No"), to: [bob.jid], versions: [version])
        guard case .refused(.untrusted, _) = try alice.encrypt(draft) else { return #expect(Bool(false)) }
    }

    /// An accepted key that is another now is refused, whatever the policy.
    @Test(arguments: TrustPolicy.allCases) func aChangedKeyIsNeverAccepted(_ policy: TrustPolicy) throws {
        try set(policy)
        try alice.learn([bob])
        let before = alice.store.image
        let impostor = try TestDevice("bob@example.org", 2)
        for publication in try impostor.publications() where BundlePlace(publication.node) != nil {
            #expect(throws: SessionError.untrusted) { try alice.learn(publication) }
        }
        #expect(alice.store.image == before)
    }

    /// A device as it was kept before it was known who had decided: its format, its key without the other form, how far it
    /// is trusted, when that was decided, no sessions.
    @Test(arguments: [(UInt8(0), Trust.undecided), (1, .firstUse), (2, .verified), (3, .distrusted)])
    func aDeviceOfTheFormerFormatIsRead(_ number: UInt8, _ trust: Trust) throws {
        try alice.learn([bob])
        let key = bob.engine.device.fingerprint.bytes
        let row = [1] + key + [0, number] + [0, 0, 1, 0x8B, 0xCF, 0xE5, 0x68, 0] + [0, 0]
        try alice.store.write { transaction throws(StoreError) in
            let number = try transaction.addNumber(of: bob.jid)
            for place in try transaction.keys(.device, in: number) {
                try transaction.put(row.span, .device, place)
            }
        }
        try alice.restart()
        #expect(try self.trust(of: bob) == trust)
    }

    /// A device that was accepted before anybody could set a policy stays so.
    @Test func whatWasDecidedStays() throws {
        try alice.learn([bob])
        try set(.manual)
        #expect(try trust(of: bob) == .firstUse)
        #expect(try !alice.encrypt("Hello", to: bob.jid).isEmpty)
    }
}
