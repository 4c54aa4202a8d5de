// Owns a sender and the devices that it writes to, with sessions that have been answered. It must not know what is measured.

internal import TernCore
internal import TernCrypto
internal import TernOMEMO
internal import TernXML

/// A sender whose sessions with some devices of one account are confirmed.
final class Audience<Storage: Store> {
    private let writer: BareJID
    private let reader: BareJID
    private let version: Version
    private let store: Storage
    private let sender: OMEMOEngine<Storage>
    private let list: Publication

    /// The threads that a message is encrypted on.
    var workers: Workers {
        get { sender.device.workers }
        set { sender.device.workers = newValue }
    }

    /// - Parameter count: The devices.
    init(_ count: Int, _ version: Version, of writer: BareJID, in store: Storage) throws {
        self.writer = writer
        self.version = version
        self.store = store
        let reader = try BareJID("bob@example.org")
        self.reader = reader
        sender = try OMEMOEngine(creating: writer, at: now, in: store, upkeep: .least)
        let devices = try (0..<count).map { place in
            try OMEMOEngine(
                creating: reader, device: DeviceID(UInt32(place + 1)), at: now, in: MemoryStore(), upkeep: .least)
        }
        list = DeviceList(devices.map { ListedDevice($0.device.device) }, version: version).publication(for: reader)
        try sender.learn(list)
        for device in devices {
            let bundle = try device.change { machine, transaction throws(SessionError) in
                try machine.bundle(version, in: transaction)
            }
            try sender.learn(bundle)
        }
        try answer(from: devices)
        // the turn that the answers made due is no part of what is measured
        _ = try encrypt("second")
    }

    /// Writes to all of them.
    @discardableResult
    func encrypt(_ text: String) throws -> [EncryptedMessage] {
        try encrypt(text, with: sender)
    }

    /// Engines over the same rows that know the devices and have read no session.
    func strangers(_ count: Int) throws -> [OMEMOEngine<Storage>] {
        try (0..<count).map { _ in
            let engine = try OMEMOEngine(of: writer, in: store)
            try engine.learn(list)
            return engine
        }
    }

    /// As ``encrypt(_:)`` with one of ``strangers(_:)``, which reads the sessions for it.
    @discardableResult
    func encrypt(_ text: String, with engine: OMEMOEngine<Storage>) throws -> [EncryptedMessage] {
        let draft = Draft(.text(text), to: [reader], versions: [version])
        let outcome = try engine.change { machine, transaction throws(SessionError) in
            try machine.encrypt(draft, at: now, in: &transaction)
        }
        guard case .sealed(let messages, _) = outcome else { throw SessionError.noSession }
        return messages
    }

    /// Has every device read a message and confirm its session, as all sessions are for the rest of their lives.
    private func answer(from devices: [OMEMOEngine<MemoryStore>]) throws {
        for message in try encrypt("first") {
            let element = message.element
            for device in devices {
                let replies = try device.read(message, element, from: writer, to: reader)
                for reply in replies {
                    guard case .element(let element) = reply.payload else { continue }
                    _ = try sender.read(EncryptedMessage(element), element, from: reader, to: writer)
                }
            }
        }
    }
}

extension OMEMOEngine {
    fileprivate func learn(_ publication: Publication) throws {
        let item = Item(id: publication.node.item, payload: publication.payload)
        _ = try change { machine, transaction throws(SessionError) in
            try machine.learn([item], at: publication.node, at: now, in: &transaction)
        }
    }

    /// - Returns: What is to be answered.
    fileprivate func read(
        _ message: EncryptedMessage, _ element: Element, from sender: BareJID, to recipient: BareJID
    ) throws -> [Outbound] {
        let incoming = Incoming(.element(element), from: JID(sender), to: JID(recipient))
        return try change { machine, transaction throws(SessionError) in
            try machine.decrypt([message], incoming, at: now, in: &transaction).replies
        }
    }
}

extension Upkeep {
    /// One prekey: nobody else begins a session.
    fileprivate static var least: Upkeep {
        var upkeep = Upkeep()
        upkeep.preKeys = 1
        return upkeep
    }
}

private let now = Timestamp(seconds: 1_700_000_000)
