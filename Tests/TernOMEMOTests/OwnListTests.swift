// Owns taking a device off the own lists, and what is learned at places where nothing of OMEMO can stand.

import TernCore
import TernCrypto
import TernOMEMO
import TernXML
import Testing

@Suite struct OwnListTests {
    private let store = MemoryStore()
    private let engine: OMEMOEngine<MemoryStore>
    private let alice: BareJID
    private let now = Timestamp(seconds: 1_800_000_000)

    init() throws {
        alice = try BareJID("alice@example.org")
        engine = try OMEMOEngine(creating: alice, device: DeviceID(1), at: now, in: store)
        // the list is what this device gave to somebody, and another one beside it
        try engine.change { machine, transaction throws(SessionError) in try machine.noteShown(in: &transaction) }
        let published = "<devices xmlns='urn:xmpp:omemo:2'><device id='1'/><device id='7'/></devices>"
        try learn([Item(id: "current", payload: try XMLParser.parse(published))], "urn:xmpp:omemo:2:devices")
        try engine.change { machine, transaction throws(SessionError) in
            for (key, _) in try machine.outstanding(in: transaction) { try machine.remove(key, in: &transaction) }
        }
    }

    private func learn(_ items: [Item], _ node: String) throws {
        try engine.change { machine, transaction throws(SessionError) in
            _ = try machine.learn(items, at: Node(alice, node), at: now, in: &transaction)
        }
    }

    private func remove(_ device: UInt32) throws {
        let id = try DeviceID(device)
        try engine.change { machine, transaction throws(SessionError) in
            try machine.removeFromLists(id, at: now, in: &transaction)
        }
    }

    @Test func aDeviceIsTakenOffAndTheListIsToBePublished() throws {
        try remove(7)
        let (list, outstanding) = try engine.change { machine, transaction throws(SessionError) in
            (try machine.deviceList(.v2, in: transaction), try machine.outstanding(in: transaction).map(\.value))
        }
        #expect(try DeviceList(list.payload, version: .v2).devices.map(\.id.value) == [1])
        // the other version's list never had it
        #expect(outstanding == [.publishDeviceList(.v2)])
        let devices = try engine.change { machine, transaction throws(SessionError) in
            try machine.devices(of: alice, in: transaction)
        }
        #expect(devices.map(\.address.device.value) == [1])
    }

    @Test func thisDeviceAndUnknownOnesChangeNothing() throws {
        let before = store.image
        #expect(throws: SessionError.misuse) { try remove(1) }
        #expect(throws: SessionError.materialMissing) { try remove(8) }
        #expect(store.image == before)
    }

    @Test(arguments: ["urn:xmpp:omemo:2:bundles", "eu.siacs.conversations.axolotl.bundles:0"])
    func aBundleOfNoDeviceIsMalformed(_ node: String) throws {
        let item = Item(id: "0", payload: Element("bundle", namespace: "urn:xmpp:omemo:2"))
        #expect(throws: SessionError.malformed) { try learn([item], node) }
        #expect(throws: SessionError.unsupported) { try learn([item], "urn:xmpp:avatar:data") }
    }
}
