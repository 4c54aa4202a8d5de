// Owns one device of a simulated network: an engine over a store that can fail and that outlives the engine.

public import TernCore
internal import TernCrypto
internal import TernOMEMO

/// A device whose process can die at any time. Its store is all that is left then.
public final class SimulatedDevice {
    /// The device's address.
    public let address: DeviceAddress
    /// Its rows.
    public let store: FaultyStore
    private(set) var engine: OMEMOEngine<FaultyStore>
    private var seeds: Dice

    init(_ account: BareJID, _ device: DeviceID, at now: Timestamp, _ dice: inout Dice) throws(SessionError) {
        seeds = Dice(seed: dice.next())
        address = DeviceAddress(account, device)
        store = FaultyStore()
        let entropy = SimulatedDevice.entropy(&seeds)
        engine = try OMEMOEngine(
            creating: account, device: device, at: now, in: store, upkeep: SimulatedDevice.upkeep, entropy: entropy)
    }

    /// The process dies, and another one opens the store.
    func restart() throws(SessionError) {
        engine = try OMEMOEngine(
            of: address.jid, in: store, upkeep: SimulatedDevice.upkeep,
            entropy: SimulatedDevice.entropy(&seeds))
    }

    /// Few prekeys: making them is most of what a short life costs.
    private static var upkeep: Upkeep {
        var upkeep = Upkeep()
        upkeep.preKeys = 4
        return upkeep
    }

    /// Fresh randomness: a process that starts again must not draw what the one before it drew.
    private static func entropy(_ seeds: inout Dice) -> SeededEntropy {
        guard let seed = try? FixedBytes<32>(seeds.bytes()) else { preconditionFailure("a seed has 32 bytes") }
        return SeededEntropy(seed: seed)
    }
}
