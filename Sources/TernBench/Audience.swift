// Owns a sender and the devices that it writes to, with sessions that have been answered. It must not know what is measured.

internal import TernCore
internal import TernCrypto
internal import TernOMEMO

/// A sender whose sessions with some devices are confirmed.
final class Audience<Storage: Store> {
    let sender: OMEMOEngine<Storage>
    let store: Storage
    private let reader: BareJID
    private let version: Version

    /// - Parameter count: The devices.
    init(_ count: Int, _ version: Version, in store: Storage) throws {
        self.version = version
        self.store = store
        let writer = try BareJID("alice@example.org")
        reader = try BareJID("bob@example.org")
        sender = try OMEMOEngine(creating: writer, at: Self.now, in: store, upkeep: Self.upkeep)
        let devices = try (0..<count).map { place in
            try OMEMOEngine(
                creating: reader, device: DeviceID(UInt32(place + 1)), at: Self.now, in: MemoryStore(),
                upkeep: Self.upkeep)
        }
        try learn(devices)
        // Answers make the sessions what they are for the rest of their lives.
        for message in try encrypt("first") {
            let incoming = Incoming(.element(message.element), from: JID(writer), to: JID(reader))
            for device in devices {
                let replies = try device.change { machine, transaction throws(SessionError) in
                    try machine.decrypt([message], incoming, at: Self.now, in: &transaction).replies
                }
                for reply in replies {
                    guard case .element(let element) = reply.payload else { continue }
                    let answer = Incoming(.element(element), from: JID(reader), to: JID(writer))
                    let read = try EncryptedMessage(element)
                    _ = try sender.change { machine, transaction throws(SessionError) in
                        try machine.decrypt([read], answer, at: Self.now, in: &transaction)
                    }
                }
            }
        }
        _ = try encrypt("second")
    }

    /// Writes to all of them.
    func encrypt(_ text: String) throws -> [EncryptedMessage] {
        let draft = Draft(.text(text), to: [reader], versions: [version])
        let outcome = try sender.change { machine, transaction throws(SessionError) in
            try machine.encrypt(draft, at: Self.now, in: &transaction)
        }
        guard case .sealed(let messages, _) = outcome else { throw SessionError.noSession }
        return messages
    }

    private func learn(_ devices: [OMEMOEngine<MemoryStore>]) throws {
        let list = DeviceList(devices.map { ListedDevice($0.device.device) }, version: version)
        try learn(list.publication(for: reader))
        for device in devices {
            let version = version
            try learn(
                try device.change { machine, transaction throws(SessionError) in
                    try machine.bundle(version, in: transaction)
                })
        }
    }

    private func learn(_ publication: Publication) throws {
        let item = Item(id: publication.node.item, payload: publication.payload)
        _ = try sender.change { machine, transaction throws(SessionError) in
            try machine.learn([item], at: publication.node, at: Self.now, in: &transaction)
        }
    }

    private static var now: Timestamp { Timestamp(seconds: 1_700_000_000) }

    private static var upkeep: Upkeep {
        var upkeep = Upkeep()
        upkeep.preKeys = 1
        return upkeep
    }
}
