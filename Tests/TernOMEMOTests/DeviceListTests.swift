// Owns what of a device list is believed. It must not know bundles.

import TernCore
import TernOMEMO
import TernRatchet
import TernCrypto
import TernXML
import Testing

@Suite struct DeviceListTests {
    private static let legacy = "eu.siacs.conversations.axolotl"

    @Test func bothSpellingsAreRead() throws {
        // as Conversations publishes it, and as Dino reads it
        let old = try list(
            "<list xmlns='\(DeviceListTests.legacy)'><device id='12345'/><device id='4223'/></list>", .v03)
        #expect(old.devices.map(\.id.value) == [12345, 4223])
        // XEP-0384, example 3, with a label as QXmpp still writes it: without a signature
        let new = try list(
            "<devices xmlns='urn:xmpp:omemo:2'><device id='12345'/><device id='4223' label='Gajim on Ubuntu Linux'/>"
                + "</devices>", .v2)
        #expect(new.devices.map(\.id.value) == [12345, 4223])
        #expect(new.refused == 0)
        #expect(try new.contains(DeviceID(4223)) && !new.contains(DeviceID(4224)))
        #expect(new.element.elements.allSatisfy { $0["label"] == nil }, "an unsigned label is not handed on")
    }

    @Test func damagedEntriesArePassedOver() throws {
        let ids = ["0", "2147483648", "4294967296", "-1", "x", "", " 7", "2147483647", "9", "9"]
        let entries = ids.map { "<device id='\($0)'/>" }.joined()
        let read = try list("<list xmlns='\(DeviceListTests.legacy)'>\(entries)<device/><other id='8'/></list>", .v03)
        #expect(read.devices.map(\.id.value) == [2_147_483_647, 9])
        #expect(read.refused == 8, "a repetition is merged, not damaged")
    }

    @Test func aListIsBounded() throws {
        let entries = (1...12_000).map { "<device id='\($0)'/>" }.joined()
        let read = try list("<devices xmlns='urn:xmpp:omemo:2'>\(entries)</devices>", .v2)
        #expect(read.devices.count == DeviceList.limit)
        #expect(read.refused == 12_000 - DeviceList.limit)
    }

    @Test func anotherElementIsNoList() throws {
        let element = try XMLParser.parse("<list xmlns='urn:xmpp:omemo:2'/>")
        for version in Version.allCases {
            #expect(throws: SessionError.malformed) { try DeviceList(element, version: version) }
        }
        #expect(throws: SessionError.malformed) { try DeviceList(items: [], version: .v2) }
    }

    @Test func theCurrentItemCounts() throws {
        func item(_ id: String?, _ device: Int) throws -> Item {
            Item(
                id: id,
                payload: try XMLParser.parse("<devices xmlns='urn:xmpp:omemo:2'><device id='\(device)'/></devices>"))
        }
        let named = [try item("a", 1), try item("current", 2), try item("b", 3)]
        #expect(try DeviceList(items: named, version: .v2).devices.map(\.id.value) == [2])
        // servers keep what clients published before they knew the name
        #expect(
            try DeviceList(items: [try item("a", 1), try item(nil, 3)], version: .v2).devices.map(\.id.value) == [3])
    }

    @Test func placesAreTheSpecifications() throws {
        let juliet = try BareJID("juliet@capulet.lit")
        for (version, name) in [
            (Version.v03, DeviceListTests.legacy + ".devicelist"), (.v2, "urn:xmpp:omemo:2:devices"),
        ] {
            let publication = DeviceList([], version: version).publication(for: juliet)
            #expect(publication.node == Node(juliet, name, item: "current"))
            #expect(publication.access == .everybody)
            #expect(DeviceList.node(of: juliet, version: version).name == name)
            #expect(DeviceList.version(ofNode: name) == version)
            #expect(DeviceList.version(of: publication.payload) == version)
        }
        #expect(DeviceList.version(ofNode: "urn:xmpp:omemo:1:devices") == nil)
    }

    @Test func aLabelIsBelievedWithItsSignatureAlone() throws {
        var entropy = SystemEntropy()
        let identity = IdentityKeyPair(seed: Secret<32>(from: &entropy))
        let id = try DeviceID(5)
        let device = try ListedDevice(id, label: "Küche", signing: identity, entropy: &entropy)
        let key = identity.publicKey(for: .omemo2)
        #expect(device.label(signedBy: key) == "Küche")
        var entry = try #require(DeviceList([device], version: .v2).element.elements.first)
        for (label, signature) in [("Kuche", entry["labelsig"]), ("Küche", nil), ("Küche", "AAAA"), ("Küche", "%")] {
            entry["label"] = label
            entry["labelsig"] = signature
            let element = Element("devices", namespace: "urn:xmpp:omemo:2", elements: [entry])
            let read = try #require(try DeviceList(element, version: .v2).devices.first)
            #expect(read.id == id && read.label(signedBy: key) == nil)
        }
        #expect(throws: SessionError.limitExceeded) {
            try ListedDevice(
                id, label: String(repeating: "x", count: 257), signing: identity, entropy: &entropy)
        }
        #expect(DeviceList([device], version: .v03).element.elements.first?["label"] == nil)
    }

    private func list(_ xml: String, _ version: Version) throws -> DeviceList {
        try DeviceList(try XMLParser.parse(xml), version: version)
    }
}
