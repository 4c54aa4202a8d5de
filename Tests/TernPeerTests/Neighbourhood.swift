// Owns two accounts, one with devices of Tern and one with a foreign implementation's, and what each has published.
// It must not know what they write to each other.

import Testing

import TernCore
import TernOMEMO
import TernTestKit
import TernXML

/// Devices that may write to each other, and the server that they ask for each other's lists and bundles.
final class Neighbourhood {
    static let ternAccount = "tern@example.org"
    static let foreignAccount = "peer@example.net"

    private(set) var terns: [TernDevice] = []
    private(set) var strangers: [ForeignDevice] = []

    /// Devices of Tern, and devices of a foreign implementation in one process.
    convenience init(
        _ implementation: ForeignPeer.Implementation, _ version: ForeignDevice.Version, terns: Int = 1,
        strangers: Int = 1,
        seed: UInt64 = 1
    ) throws {
        let peer = try IdlePeers.take(implementation)
        try self.init(
            terns: terns,
            strangers: try (0..<strangers).map { _ in
                try ForeignDevice(peer, Neighbourhood.foreignAccount, IdlePeers.device(), version)
            }, seed: seed)
    }

    /// - Parameter strangers: Devices of processes that nobody else talks to; they are given back at the end.
    init(terns count: Int, strangers: [ForeignDevice], seed: UInt64 = 1) throws {
        var dice = Dice(seed: seed)
        self.strangers = strangers
        for place in 0..<count {
            terns.append(try TernDevice(Neighbourhood.ternAccount, 101 + UInt32(place), seed: dice.next()))
        }
        // Everybody knows everybody's device. Bundles are asked for again before a session begins: prekeys are used up.
        for tern in terns {
            for version in Version.allCases {
                let node = DeviceList.node(of: tern.address.jid, version: version)
                try tern.learn(try items(at: node), at: node)
            }
        }
        for stranger in strangers { try introduce(to: stranger) }
    }

    deinit {
        var given: [ForeignPeer] = []
        for stranger in strangers where !given.contains(where: { $0 === stranger.peer }) {
            given.append(stranger.peer)
            IdlePeers.give(back: stranger.peer)
        }
    }

    /// The first device of Tern.
    var tern: TernDevice { terns[0] }
    /// The first foreign device.
    var stranger: ForeignDevice { strangers[0] }

    /// Lets a foreign device learn everybody's bundle as it is now.
    func introduce(to stranger: ForeignDevice) throws {
        for tern in terns {
            let bundle = try tern.bundle(stranger.version.terns).serialized()
            try stranger.learn(ForeignDevice.Place(tern.address), bundle: bundle)
        }
        for other in strangers where other.place.device != stranger.place.device && other.version == stranger.version {
            try stranger.learn(other)
        }
    }

    /// What a node holds at the moment.
    func items(at node: Node) throws -> [Item] {
        if let version = DeviceList.version(ofNode: node.name) {
            var devices = terns.filter { $0.address.jid == node.owner }.map(\.address.device)
            for stranger in strangers where stranger.version.terns == version {
                if try stranger.address.jid == node.owner { devices.append(try stranger.address.device) }
            }
            let list = DeviceList(devices.map { ListedDevice($0) }, version: version)
            return [Item(id: "current", payload: list.publication(for: node.owner).payload)]
        }
        let place = try #require(BundlePlace(node))
        let address = DeviceAddress(node.owner, place.device)
        if let tern = terns.first(where: { $0.address == address }) {
            return [Item(id: node.item ?? "current", payload: try tern.bundle(place.version))]
        }
        let stranger = try #require(try strangers.first { try $0.address == address })
        return [Item(id: node.item ?? "current", payload: try XMLParser.parse(try stranger.bundle()))]
    }

    /// Encrypts with Tern, which gets what it asks for.
    func encrypt(_ draft: Draft, on tern: TernDevice) throws -> [EncryptedMessage] {
        for _ in 0..<4 {
            switch try tern.attempt(draft) {
            case .missing(let nodes): for node in nodes { try tern.learn(try items(at: node), at: node) }
            case .refused(let error, _): throw error
            case .sealed(let messages, _): return messages
            }
        }
        throw SessionError.materialMissing
    }

    /// Encrypts a text with Tern's first device for the foreign account, in the version of its first device.
    func encrypt(_ text: String, room: BareJID? = nil) throws -> EncryptedMessage {
        let draft = Draft(
            .text(text), to: [try stranger.address.jid], room: room, versions: [stranger.version.terns])
        return try #require(try encrypt(draft, on: tern).first)
    }

    /// Encrypts a text with the first foreign device for Tern's first device.
    func encryptForTern(_ text: String, room: String? = nil) throws -> String {
        try stranger.encrypt(text, to: [ForeignDevice.Place(tern.address)], room: room)
    }
}

extension ForeignDevice.Version {
    /// The version as Tern calls it.
    var terns: Version {
        switch self {
        case .omemo03: .v03
        case .omemo2: .v2
        }
    }
}

extension ForeignDevice.Place {
    init(_ address: DeviceAddress) {
        self.init(jid: address.jid.description, device: Int(address.device.value))
    }
}

extension ForeignDevice {
    /// The device as Tern calls it.
    var address: DeviceAddress {
        get throws { DeviceAddress(try BareJID(place.jid), try DeviceID(UInt32(place.device))) }
    }
}
