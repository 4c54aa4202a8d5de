// Owns one device of Tern under test: an engine over a store in memory that outlives it, and what one asks it.
// It must not know who is at the other end.

import TernCore
import TernCrypto
import TernOMEMO
import TernTestKit
import TernXML

/// A device of Tern, whose process can end at any time. Its randomness follows from a seed.
final class TernDevice {
    /// When everything happens. No peer tells the time.
    static let now = Timestamp(seconds: 1_700_000_000)

    let address: DeviceAddress
    private let store = MemoryStore()
    private var engine: OMEMOEngine<MemoryStore>
    private var seeds: Dice

    init(_ jid: String, _ device: UInt32, seed: UInt64) throws {
        address = DeviceAddress(try BareJID(jid), try DeviceID(device))
        seeds = Dice(seed: seed)
        engine = try OMEMOEngine(
            creating: address.jid, device: address.device, at: TernDevice.now, in: store,
            entropy: try TernDevice.entropy(&seeds))
    }

    /// The process ends, and another one opens the store.
    func restart() throws {
        engine = try OMEMOEngine(of: address.jid, in: store, entropy: try TernDevice.entropy(&seeds))
    }

    /// Learns what was fetched from a node.
    func learn(_ items: [Item], at node: Node) throws {
        _ = try engine.change { machine, transaction throws(SessionError) in
            try machine.learn(items, at: node, at: TernDevice.now, in: &transaction)
        }
    }

    /// One attempt to encrypt.
    func attempt(_ draft: Draft) throws -> Encryption {
        try engine.change { machine, transaction throws(SessionError) in
            try machine.encrypt(draft, at: TernDevice.now, in: &transaction)
        }
    }

    /// Decrypts a message, in each version that it came in, as somebody who has the plaintext for good afterwards.
    func decrypt(
        _ elements: [String], from sender: BareJID, to recipient: BareJID? = nil, room: BareJID? = nil
    ) throws -> Decryption {
        let parsed = try elements.map { try XMLParser.parse($0) }
        let messages = try parsed.map { try EncryptedMessage($0) }
        let incoming = Incoming(
            .element(parsed[0]), from: JID(sender), to: JID(recipient ?? address.jid), room: room)
        return try engine.change { machine, transaction throws(SessionError) in
            let decryption = try machine.decrypt(messages, incoming, at: TernDevice.now, in: &transaction)
            if let receipt = decryption.receipt { try machine.acknowledge(receipt, in: &transaction) }
            // Whoever asks gets the bundle as it is now, so nothing waits for being published.
            for each in try machine.outstanding(in: transaction) { try machine.remove(each.key, in: &transaction) }
            return decryption
        }
    }

    /// Says why a message is refused, or nil where it is not.
    func refusal(
        of element: String, from sender: BareJID, to recipient: BareJID? = nil, room: BareJID? = nil
    ) throws -> SessionError? {
        do {
            _ = try decrypt([element], from: sender, to: recipient, room: room)
            return nil
        } catch let error as SessionError {
            return error
        }
    }

    /// The bundle as it is now.
    func bundle(_ version: Version) throws -> Element {
        try engine.change { machine, transaction throws(SessionError) in
            try machine.bundle(version, in: transaction).payload
        }
    }

    /// What is known of an account's devices.
    func devices(of jid: BareJID) throws -> [DeviceStanding] {
        try engine.change { machine, transaction throws(SessionError) in
            try machine.devices(of: jid, in: transaction)
        }
    }

    /// All rows of the store, for a comparison.
    var image: [MemoryStore.Place: [UInt8]] { store.image }

    /// Fresh randomness: a process that starts again must not draw what the one before it drew.
    private static func entropy(_ seeds: inout Dice) throws -> SeededEntropy {
        SeededEntropy(seed: try FixedBytes<32>(seeds.bytes()))
    }
}
