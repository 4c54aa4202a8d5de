// What an address that carries keys does: exactly the named keys are verified or distrusted, or nothing at all.

import TernCore
import TernCrypto
import TernOMEMO
import TernRatchet
import Testing

@Suite struct VerifyingTests {
    let alice: TestDevice
    let bob: TestDevice
    let laptop: TestDevice

    init() throws {
        alice = try TestDevice("alice@example.org", 1, preKeys: 64)
        bob = try TestDevice("bob@example.org", 2, preKeys: 64)
        laptop = try TestDevice("bob@example.org", 3, preKeys: 64)
    }

    @Test func theNamedDeviceIsVerifiedAndNoOther() throws {
        try alice.learn([bob, laptop])
        let uri = try #require(try bob.uris(of: bob.jid).first)
        try alice.verify(try VerificationURI(uri.text))
        #expect(try alice.trust(of: bob) == .verified)
        #expect(try alice.trust(of: laptop) == .firstUse)
    }

    @Test func bothSpellingsNameTheSameKey() throws {
        try alice.learn([bob, laptop])
        let uris = try laptop.uris(of: bob.jid)
        #expect(uris.count == 2 && uris[1].devices.isEmpty)
        try alice.verify(try VerificationURI(uris[1].text))
        #expect(try alice.trust(of: laptop) == .verified)
        #expect(try alice.trust(of: bob) == .firstUse)
        #expect(uris[1].trusted.first?.fingerprint == laptop.engine.device.fingerprint)
    }

    @Test func anotherKeyThanTheAcceptedOneChangesNothing() throws {
        try alice.learn([bob, laptop])
        let before = alice.store.image
        let uri = VerificationURI(
            bob.jid,
            devices: [
                .init(bob.address.device, bob.engine.device.fingerprint),
                .init(laptop.address.device, bob.engine.device.fingerprint),
            ])
        #expect(throws: SessionError.untrusted) { try alice.verify(uri) }
        #expect(alice.store.image == before)
        let stranger = VerificationURI(
            alice.jid, devices: [.init(alice.address.device, bob.engine.device.fingerprint)])
        #expect(throws: SessionError.untrusted) { try alice.verify(stranger) }
        #expect(alice.store.image == before)
    }

    @Test(arguments: [0, 1]) func aKeyIsDecidedAboutBeforeItIsKnown(_ spelling: Int) throws {
        let uri = try bob.uris(of: bob.jid)[spelling]
        try alice.verify(uri)
        try alice.restart()
        try alice.learn([bob, laptop])
        #expect(try alice.trust(of: bob) == .verified)
        #expect(try alice.trust(of: laptop) == .firstUse)
        #expect(try !alice.encrypt("Hello", to: bob.jid).isEmpty)
    }

    @Test func aKeyThatIsNoneIsDistrustedAlsoInAdvance() throws {
        try alice.learn([bob])
        let keys = [try bob.identifier, try laptop.identifier]
        try alice.verify(VerificationURI(bob.jid, trusted: [], distrusted: keys))
        #expect(try alice.trust(of: bob) == .distrusted)
        try alice.restart()
        try alice.learn([bob, laptop])
        #expect(try alice.trust(of: laptop) == .distrusted)
        // The last word of a person counts.
        let again = VerificationURI(bob.jid, trusted: keys)
        try alice.verify(again)
        #expect(try alice.trust(of: laptop) == .verified)
    }

    @Test func onlyVerifiedKeysAreHandedOn() throws {
        try alice.learn([bob, laptop])
        #expect(try alice.uris(of: bob.jid).isEmpty)
        try alice.decide(.verified, bob)
        try alice.decide(.distrusted, laptop)
        let uris = try alice.uris(of: bob.jid)
        #expect(uris.first?.devices.map(\.id) == [bob.address.device])
        #expect(uris.last?.trusted == [try bob.identifier])
        #expect(uris.last?.distrusted == [try laptop.identifier])
    }
}

extension TestDevice {
    @discardableResult
    func verify(_ uri: VerificationURI) throws(SessionError) -> [Event] {
        try engine.change { machine, transaction throws(SessionError) in
            try machine.verify(uri, at: Self.start, in: &transaction)
        }
    }

    func uris(of jid: BareJID) throws -> [VerificationURI] {
        try engine.change { machine, transaction throws(SessionError) in
            [
                try machine.deviceURI(of: jid, in: transaction), try machine.trustMessageURI(of: jid, in: transaction),
            ].compactMap { $0 }
        }
    }

    func trust(of device: TestDevice) throws -> Trust? {
        try standing(of: device)?.trust
    }

    func standing(of device: TestDevice) throws -> DeviceStanding? {
        try engine.change { machine, transaction throws(SessionError) in
            try machine.devices(of: device.jid, in: transaction)
        }.first { $0.address == device.address }
    }

    /// How trust messages name this device's key: its form in the bundle of OMEMO 2.
    var identifier: KeyIdentifier {
        get throws {
            let bundle = try #require(try publications([.v2]).first { BundlePlace($0.node) != nil })
            return try KeyIdentifier(try Bundle(bundle.payload, version: .v2).identity.encoded)
        }
    }
}
