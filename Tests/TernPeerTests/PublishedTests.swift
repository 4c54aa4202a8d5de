// Owns showing that Tern and the foreign peers read each other's device lists and bundles, and refuse false ones.

import Testing

import TernCore
import TernOMEMO
import TernXML

@Suite("Lists and bundles of and for foreign peers", .foreignPeers)
struct PublishedTests {
    @Test("A peer's list and bundle are read whole, and its key is the one that it says", arguments: Pairing.all)
    func theirs(_ pairing: Pairing) throws {
        let both = try pairing.neighbourhood()
        let (version, address) = (pairing.version.terns, try both.stranger.address)
        let list = try DeviceList(try XMLParser.parse(both.stranger.list), version: version)
        #expect(list.devices.map(\.id) == [address.device] && list.refused == 0)

        let element = try XMLParser.parse(try both.stranger.bundle())
        let bundle = try Bundle(element, version: version)
        #expect(bundle.preKeys.count == 100 && bundle.refused == 0)
        let node = BundlePlace(address.device, version: version).node(of: address.jid)
        try both.tern.learn([Item(id: node.item ?? "current", payload: element)], at: node)
        let standing = try #require(try both.tern.devices(of: address.jid).first)
        #expect(try standing.fingerprint == Fingerprint(hex: both.stranger.identity))
        // What Tern writes of it is what it read.
        #expect(try Bundle(bundle.element(), version: version) == bundle)
    }

    @Test("Tern's bundle is what a peer begins a session with, and the prekey is replaced", arguments: Pairing.all)
    func ours(_ pairing: Pairing) throws {
        let both = try pairing.neighbourhood()
        let version = pairing.version.terns
        let before = try Bundle(try both.tern.bundle(version), version: version)
        let element = try both.encryptForTern("hello")
        let decryption = try both.tern.decrypt([element], from: try both.stranger.address.jid)
        #expect(decryption.plaintext?.content == .text("hello"))
        let after = try Bundle(try both.tern.bundle(version), version: version)
        #expect(after.preKeys.count == 100 && Set(before.preKeys).subtracting(after.preKeys).count == 1)
        #expect(after.signedPreKey == before.signedPreKey)

        // The way back begins with nothing new, and another device's session uses up one of the peer's.
        let published = try both.stranger.bundle()
        _ = try both.stranger.decrypt(try both.encrypt("hello back").xml(), from: Neighbourhood.ternAccount)
        #expect(try both.stranger.bundle() == published)
    }

    @Test("A bundle whose signature does not fit begins no session, on either side", arguments: Pairing.all)
    func falseSignature(_ pairing: Pairing) throws {
        let both = try pairing.neighbourhood()
        let other = try TernDevice("other@example.org", 900, seed: 9)
        let (version, address) = (pairing.version.terns, try both.stranger.address)
        let node = BundlePlace(address.device, version: version).node(of: address.jid)
        let theirs = try XMLParser.parse(try both.stranger.bundle())
        let ours = try both.tern.bundle(version)
        let stolen = try other.bundle(version)

        let image = both.tern.image
        for damaged in [try Damage.signature(of: theirs), try Damage.signedPreKey(of: theirs, from: stolen)] {
            #expect(throws: SessionError.unauthentic) {
                try both.tern.learn([Item(id: node.item ?? "current", payload: damaged)], at: node)
            }
            #expect(both.tern.image == image)
        }
        let place = ForeignDevice.Place(both.tern.address)
        for damaged in [try Damage.signature(of: ours), try Damage.signedPreKey(of: ours, from: stolen)] {
            try both.stranger.learn(place, bundle: try damaged.serialized())
            // python-omemo passes over such a device, and then finds that nobody is left to write to.
            let expected: ForeignPeer.Refusal = pairing.implementation == .pythonOMEMO ? .other : .unauthentic
            #expect(throws: ForeignPeer.Failure.self) {
                do {
                    _ = try both.encryptForTern("to whom?")
                } catch ForeignPeer.Failure.refused(let refusal, let message) {
                    #expect(refusal == expected)
                    throw ForeignPeer.Failure.refused(refusal, message)
                }
            }
        }
        // The true bundle is as good as before.
        try both.stranger.learn(place, bundle: try ours.serialized())
        #expect(try both.tern.refusal(of: try both.encryptForTern("hello"), from: address.jid) == nil)
        _ = try both.stranger.decrypt(try both.encrypt("hello").xml(), from: Neighbourhood.ternAccount)
    }

    @Test("Another identity key for a known device is refused, on either side", arguments: Pairing.all)
    func otherIdentity(_ pairing: Pairing) throws {
        let both = try pairing.acquainted()
        let (version, address) = (pairing.version.terns, try both.stranger.address)
        let other = try TernDevice("other@example.org", 900, seed: 9)
        let bundle = try other.bundle(version)
        let node = BundlePlace(address.device, version: version).node(of: address.jid)
        let image = both.tern.image
        #expect(throws: SessionError.untrusted) {
            try both.tern.learn([Item(id: node.item ?? "current", payload: bundle)], at: node)
        }
        #expect(both.tern.image == image)
        #expect(throws: ForeignPeer.Failure.self) {
            try both.stranger.learn(ForeignDevice.Place(both.tern.address), bundle: try bundle.serialized())
        }
        #expect(try both.tern.refusal(of: try both.encryptForTern("still me"), from: address.jid) == nil)
    }
}
