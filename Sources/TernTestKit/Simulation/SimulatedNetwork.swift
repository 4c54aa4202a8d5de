// Owns a network of devices in one process, in which everything goes wrong that can: what happens follows from a seed.
// The rules that have to hold all the same are in `Invariants.swift`.

internal import TernCore
public import TernOMEMO

/// Accounts with devices, a server that keeps what they publish, and messages on their way.
public final class SimulatedNetwork {
    /// What may go wrong, in per cent of the steps or deliveries.
    public struct Weather: Sendable {
        /// Deliveries that never happen.
        public var lost = 5
        /// Deliveries that happen again later.
        public var doubled = 10
        /// Deliveries of which a copy with one changed bit comes first.
        public var tampered = 10
        /// Deliveries that are not the oldest.
        public var reordered = 50
        /// Steps at which a process dies and another one opens its store.
        public var restarts = 5
        /// Changes that the store refuses.
        public var faults = 3

        /// Bad weather.
        public init() {}
    }

    /// A message on its way to one device.
    struct Parcel {
        let number: Int
        let message: EncryptedMessage
        let text: String
        let sender: DeviceAddress
        let recipient: BareJID
        let destination: DeviceAddress
        var isTampered = false
    }

    let accounts: [BareJID]
    private(set) var devices: [SimulatedDevice] = []
    private var published: [Node: [Item]] = [:]
    var parcels: [Parcel] = []
    var dice: Dice
    var weather: Weather
    private(set) var now = Timestamp(seconds: 1_700_000_000)
    private(set) var sent = 0
    let invariants = Invariants()
    /// Is told what happens, for a person who looks into a seed.
    public var narrator: (String) -> Void = { _ in }
    let versions: [Version]

    /// A network of `accounts` with up to `devices` devices each, in the versions given.
    public init(
        seed: UInt64, accounts count: Int = 2, devices: Int = 2, versions: [Version] = [.v2, .v03],
        weather: Weather = Weather()
    ) throws {
        dice = Dice(seed: seed)
        self.weather = weather
        self.versions = versions
        accounts = try (0..<count).map { try BareJID("account\($0)@example.org") }
        var number: UInt32 = 100
        for account in accounts {
            for _ in 0...dice.below(devices) {
                number += 1
                let device = try SimulatedDevice(account, DeviceID(number), at: now, &dice)
                self.devices.append(device)
                try publish(device, versions)
            }
        }
        for account in accounts { try announce(account) }
    }

    /// One thing happens: something is sent or delivered, or a process dies.
    public func step() throws {
        now = Timestamp(milliseconds: now.milliseconds + Int64(dice.below(60_000)))
        if dice.percent(weather.restarts) {
            let device = dice.pick(devices)
            narrator("\(device.address.device) starts again")
            return try device.restart()
        }
        if parcels.isEmpty || dice.percent(40) {
            let device = dice.pick(devices)
            return try send(from: device, to: dice.pick(accounts.filter { $0 != device.address.jid }))
        }
        try deliver()
    }

    /// Whether devices that write to each other in calm weather understand each other, on one session: rule 5.
    public func agree() throws {
        try quiet()
        try everybodyWrites(times: 1)
        _ = invariants.takeRefusedExchanges()
        try everybodyWrites(times: 1)
        if try endDeadSessions() { try everybodyWrites(times: 2) }
        _ = invariants.takeRefusedExchanges()
        try everybodyWrites(times: 1)
        guard invariants.takeRefusedExchanges().isEmpty else {
            throw Violation("a session begins although all have one")
        }
        for device in devices { try invariants.compare(device, with: devices) }
    }

    private func everybodyWrites(times: Int) throws {
        for _ in 0..<times {
            for device in devices {
                for jid in accounts where jid != device.address.jid { try send(from: device, to: jid) }
            }
            try quiet()
        }
    }

    /// Does what a person does where two devices have sessions that neither can answer.
    /// - Returns: Whether there were any.
    private func endDeadSessions() throws -> Bool {
        let refused = invariants.takeRefusedExchanges()
        var found = false
        for (sender, destinations) in refused {
            for destination in destinations where sender < destination && refused[destination]?.contains(sender) == true
            {
                guard let device = devices.first(where: { $0.address == sender }) else { continue }
                narrator("\(sender.device) ends its sessions with \(destination.device)")
                try device.engine.change { machine, transaction throws(SessionError) in
                    try machine.reset(destination, in: &transaction)
                }
                found = true
            }
        }
        return found
    }

    /// The weather clears, and everything that is on its way arrives.
    public func quiet() throws {
        weather.lost = 0
        weather.doubled = 0
        weather.tampered = 0
        weather.faults = 0
        weather.restarts = 0
        while !parcels.isEmpty { try deliver() }
    }
}

// MARK: - Sending

extension SimulatedNetwork {
    /// A device writes to an account, after fetching what it asks for.
    func send(from device: SimulatedDevice, to jid: BareJID) throws {
        sent += 1
        let text = "message \(sent) from \(device.address.device)"
        let draft = Draft(.text(text), to: [jid], versions: versions)
        for _ in 0..<4 {
            if dice.percent(weather.faults) { device.store.failOnce(dice.pick(FaultyStore.Fault.allCases)) }
            switch try encrypt(draft, on: device) {
            case nil: return
            case .missing(let nodes): for node in nodes { try fetch(node, for: device) }
            case .refused(let error, _): throw Violation("\(device.address.device) may not write: \(error.code)")
            case .sealed(let messages, _):
                for message in messages { try post(message, text, from: device, to: jid) }
                return
            }
        }
        throw Violation("\(device.address.device) asks for the same nodes again and again")
    }

    private func encrypt(_ draft: Draft, on device: SimulatedDevice) throws -> Encryption? {
        do throws(SessionError) {
            let now = now
            return try device.engine.change { machine, transaction throws(SessionError) in
                try machine.encrypt(draft, at: now, in: &transaction)
            }
        } catch .store(.failing) {
            return nil
        }
    }

    /// Puts an element on its way to all devices of the recipient and the sender's others.
    func post(_ message: EncryptedMessage, _ text: String, from device: SimulatedDevice, to jid: BareJID) throws {
        try invariants.left(message, from: device.address)
        for other in devices where other !== device && [jid, device.address.jid].contains(other.address.jid) {
            guard (try? message.keys(for: other.address)) != nil else { continue }
            sent += 1
            parcels.append(
                Parcel(
                    number: sent, message: message, text: text, sender: device.address, recipient: jid,
                    destination: other.address))
            if let parcel = parcels.last { narrator("\(parcel) leaves") }
        }
    }

    private func fetch(_ node: Node, for device: SimulatedDevice) throws {
        guard let items = published[Node(node.owner, node.name, item: node.item ?? "current")] else {
            throw Violation("nobody has published \(node.name)")
        }
        let now = now
        do throws(SessionError) {
            _ = try device.engine.change { machine, transaction throws(SessionError) in
                try machine.learn(items, at: node, at: now, in: &transaction)
            }
        } catch .store(.failing) {
            return
        }
    }
}

// MARK: - The server

extension SimulatedNetwork {
    func publish(_ device: SimulatedDevice, _ versions: [Version]) throws {
        let publications = try device.engine.change { machine, transaction throws(SessionError) in
            var publications: [Publication] = []
            for version in versions { publications.append(try machine.bundle(version, in: transaction)) }
            return publications
        }
        for each in publications { put(each) }
    }

    private func put(_ publication: Publication) {
        published[publication.node] = [Item(id: publication.node.item, payload: publication.payload)]
    }

    /// Puts all devices of an account on its lists, and tells them.
    private func announce(_ account: BareJID) throws {
        let own = devices.filter { $0.address.jid == account }
        for version in versions {
            let list = DeviceList(own.map { ListedDevice($0.address.device) }, version: version)
            let publication = list.publication(for: account)
            put(publication)
            for device in own { try fetch(publication.node, for: device) }
        }
    }
}

/// A rule that did not hold.
public struct Violation: Error, CustomStringConvertible {
    /// What happened.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
