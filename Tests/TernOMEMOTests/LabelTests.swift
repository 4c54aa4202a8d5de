// What devices are called: kept as their owner signed it, shown only where the accepted key did, published again unharmed.

import TernCore
import TernCrypto
import TernOMEMO
import TernRatchet
import TernXML
import Testing

@Suite struct LabelTests {
    let alice: TestDevice
    let tablet: TestDevice

    init() throws {
        alice = try TestDevice("alice@example.org", 1)
        tablet = try TestDevice("alice@example.org", 4)
        try tablet.setLabel("Küche <3")
        try alice.learn([alice, tablet], [.v2])
    }

    /// The tablet's list, which names both devices.
    private func tabletsList() throws -> Publication {
        try tablet.learn([alice, tablet], [.v2])
        return try tablet.list(.v2)
    }

    @Test func aListThatIsPublishedAgainKeepsTheLabelsOfOthers() throws {
        let published = try tabletsList()
        try alice.learn(published)
        try alice.restart()
        let again = try DeviceList(alice.list(.v2).payload, version: .v2)
        let entry = try #require(again.devices.first { $0.id == tablet.address.device })
        #expect(entry.label(signedBy: try tablet.key) == "Küche <3")
        #expect(try alice.label(of: tablet) == "Küche <3")
    }

    @Test func theOwnLabelSurvivesAListThatLacksIt() throws {
        try alice.setLabel("Laptop")
        #expect(try alice.outstanding().contains(.publishDeviceList(.v2)))
        try alice.learn(tabletsList())
        try alice.restart()
        let list = try DeviceList(alice.list(.v2).payload, version: .v2)
        let entry = try #require(list.devices.first { $0.id == alice.address.device })
        #expect(entry.label(signedBy: try alice.key) == "Laptop")
        #expect(try alice.label(of: alice) == "Laptop")
        // OMEMO 0.3 has none
        #expect(try alice.list(.v03).payload.elements.allSatisfy { $0["label"] == nil })
        try alice.setLabel("")
        let bare = try DeviceList(alice.list(.v2).payload, version: .v2)
        #expect(bare.devices.first { $0.id == alice.address.device }?.label(signedBy: try alice.key) == nil)
        #expect(throws: SessionError.limitExceeded) { try alice.setLabel(String(repeating: "x", count: 257)) }
    }

    @Test func aLabelThatTheAcceptedKeyDidNotSignIsNotShown() throws {
        var element = try tabletsList().payload
        var entries = element.elements
        for place in entries.indices where entries[place]["label"] != nil { entries[place]["label"] = "Bank" }
        element = Element(element.name, namespace: element.namespace, elements: entries)
        let node = try alice.list(.v2).node
        try alice.learn(Publication(element, at: node, access: .everybody))
        #expect(try alice.label(of: tablet) == nil)
    }

    /// A list as it was kept before it had labels: its format, when it came, how many devices, each.
    @Test func aListOfTheFormerFormatIsRead() throws {
        let row: [UInt8] = [1] + [0, 0, 1, 0x8B, 0xCF, 0xE5, 0x68, 0] + [0, 0, 0, 2] + [0, 0, 0, 1] + [0, 0, 0, 9]
        try alice.store.write { transaction throws(StoreError) in
            let number = try transaction.addNumber(of: alice.jid)
            for key in try transaction.keys(.deviceList, in: number) {
                try transaction.put(row.span, .deviceList, key)
            }
        }
        try alice.restart()
        for version in Version.allCases {
            let list = try DeviceList(alice.list(version).payload, version: version)
            #expect(list.devices.map(\.id.value) == [1, 9])
        }
    }

    @Test func aLabelOfADeviceWithoutAKeyIsNotShown() throws {
        let bob = try TestDevice("bob@example.org", 2)
        try bob.setLabel("Phone")
        try alice.learn(bob.list(.v2))
        #expect(try alice.label(of: bob) == nil)
        for each in try bob.publications([.v2]) where BundlePlace(each.node) != nil { try alice.learn(each) }
        #expect(try alice.label(of: bob) == "Phone")
    }
}

extension TestDevice {
    fileprivate func setLabel(_ label: String) throws(SessionError) {
        try engine.change { machine, transaction throws(SessionError) in
            try machine.setLabel(label, in: &transaction)
        }
    }

    fileprivate func list(_ version: Version) throws -> Publication {
        try engine.change { machine, transaction throws(SessionError) in
            try machine.deviceList(version, in: transaction)
        }
    }

    fileprivate func label(of device: TestDevice) throws -> String? {
        try engine.change { machine, transaction throws(SessionError) in
            try machine.devices(of: device.jid, in: transaction)
        }.first { $0.address == device.address }?.label
    }

    /// The identity key as others read it.
    fileprivate var key: IdentityPublicKey {
        get throws {
            let bundle = try #require(try publications([.v2]).first { BundlePlace($0.node) != nil })
            return try Bundle(bundle.payload, version: .v2).identity
        }
    }
}
