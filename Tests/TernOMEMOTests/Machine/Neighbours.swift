// Owns a few devices that know each other, for tests of what they say. It must not know what a test is about.

import TernCore
import TernCrypto
import TernOMEMO
import TernXML

/// A device with its store.
final class TestDevice {
    let jid: BareJID
    let store: MemoryStore
    var engine: OMEMOEngine<MemoryStore>
    /// How many have been dealt prekeys of their own.
    private var dealt = 0

    static let start = Timestamp(seconds: 1_700_000_000)

    /// - Parameter preKeys: From 64 up, each that learns of it with ``learn(_:_:)-([TestDevice],_)`` is dealt prekeys of
    ///   its own, so that those who write to it at once never draw the same.
    init(_ jid: String, _ device: UInt32, preKeys: Int = 5) throws {
        self.jid = try BareJID(jid)
        store = MemoryStore()
        var upkeep = Upkeep()
        upkeep.preKeys = preKeys
        engine = try OMEMOEngine(
            creating: self.jid, device: DeviceID(device), at: Self.start, in: store, upkeep: upkeep)
        try seeThatThereAreNoLists()
    }

    /// Nobody else of the account has published anything: what every device looks at before it announces itself.
    private func seeThatThereAreNoLists() throws {
        let own = jid
        try engine.change { machine, transaction throws(SessionError) in
            for version in Version.allCases {
                try machine.learn(absent: DeviceList.node(of: own, version: version), at: Self.start, in: &transaction)
            }
            for waiting in try machine.outstanding(in: transaction) where waiting.value == .fetchDeviceLists(own) {
                try machine.remove(waiting.key, in: &transaction)
            }
        }
    }

    /// A device that a store has.
    init(_ jid: BareJID, in store: MemoryStore) throws {
        self.jid = jid
        self.store = store
        var upkeep = Upkeep()
        upkeep.preKeys = 5
        engine = try OMEMOEngine(of: jid, in: store, upkeep: upkeep)
    }

    var address: DeviceAddress { engine.device.address }

    /// The process dies, and another one opens the store.
    func restart() throws {
        var upkeep = Upkeep()
        upkeep.preKeys = 5
        engine = try OMEMOEngine(of: jid, in: store, upkeep: upkeep)
    }

    func encrypt(_ draft: Draft) throws -> Encryption {
        try engine.change { machine, transaction throws(SessionError) in
            try machine.encrypt(draft, at: Self.start, in: &transaction)
        }
    }

    /// Encrypts what nothing speaks against.
    func encrypt(
        _ text: String, to jid: BareJID, _ versions: [Version] = [.v2, .v03]
    ) throws -> [EncryptedMessage] {
        guard case .sealed(let messages, _) = try encrypt(Draft(.text(text), to: [jid], versions: versions)) else {
            throw SessionError.noSession
        }
        return messages
    }

    func decrypt(
        _ messages: [EncryptedMessage], from jid: BareJID, to recipient: BareJID? = nil, room: BareJID? = nil
    ) throws(SessionError) -> Decryption {
        let element = messages.first?.element ?? Element("none", namespace: "")
        let incoming = Incoming(.element(element), from: JID(jid), to: JID(recipient ?? self.jid), room: room)
        return try engine.change { machine, transaction throws(SessionError) in
            try machine.decrypt(messages, incoming, at: Self.start, in: &transaction)
        }
    }

    /// Why a message is not decrypted; nil where it is.
    func refusal(
        _ messages: [EncryptedMessage], from jid: BareJID, room: BareJID? = nil
    ) -> SessionError? {
        do throws(SessionError) {
            _ = try decrypt(messages, from: jid, room: room)
            return nil
        } catch {
            return error
        }
    }

    func publications(_ versions: [Version] = Version.allCases) throws -> [Publication] {
        try engine.change { machine, transaction throws(SessionError) in
            var all: [Publication] = []
            for version in versions {
                all.append(try machine.deviceList(version, in: transaction))
                all.append(try machine.bundle(version, in: transaction))
            }
            return all
        }
    }

    func learn(_ publication: Publication) throws(SessionError) {
        let item = Item(id: publication.node.item, payload: publication.payload)
        _ = try engine.change { machine, transaction throws(SessionError) in
            try machine.learn([item], at: publication.node, at: Self.start, in: &transaction)
        }
    }

    /// Learns the devices of an account, all of them on one list.
    func learn(_ devices: [TestDevice], _ versions: [Version] = Version.allCases) throws {
        for version in versions {
            let list = DeviceList(devices.map { ListedDevice($0.address.device) }, version: version)
            try learn(list.publication(for: devices[0].jid))
            for device in devices where device !== self {
                for each in try device.publications([version]) where BundlePlace(each.node) != nil {
                    try learn(device.dealing(each, version))
                }
                device.dealt += 1
            }
        }
    }

    /// The bundle with an eighth of its prekeys, another for each of eight who ask; a small one with all of them.
    private func dealing(_ publication: Publication, _ version: Version) throws -> Publication {
        let name = version == .v2 ? "pk" : "preKeyPublic"
        var payload = publication.payload
        guard let all = payload.only("prekeys"), all.elements(name).count >= 64 else { return publication }
        let hand = all.elements(name).enumerated().filter { $0.offset % 8 == dealt % 8 }.map(\.element)
        let list = Element("prekeys", namespace: version.namespace, elements: hand)
        payload = Element(
            payload.name, namespace: version.namespace,
            elements: payload.elements.map { $0.name == "prekeys" ? list : $0 })
        return Publication(payload, at: publication.node, access: publication.access)
    }

    func decide(_ trust: Trust, _ device: TestDevice) throws {
        _ = try engine.change { machine, transaction throws(SessionError) in
            try machine.decide(trust, device.address, at: Self.start, in: &transaction)
        }
    }

    /// What waits in the store.
    func outstanding() throws -> [Outstanding] {
        try engine.change { machine, transaction throws(SessionError) in
            try machine.outstanding(in: transaction).map(\.value)
        }
    }
}
