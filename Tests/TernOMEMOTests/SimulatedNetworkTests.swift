// Owns the run over the seeds of a simulated network. A seed that fails is printed, and can be run again by its number.

import Foundation
import TernOMEMO
import TernTestKit
import Testing

@Suite struct SimulatedNetworkTests {
    /// `TERN_SEED=1234 swift test --filter SimulatedNetworkTests` runs that seed alone.
    private static let chosen = ProcessInfo.processInfo.environment["TERN_SEED"].flatMap { UInt64($0) }
    /// The rest of them are run in a build for release: see Scripts/simulate.
    private static let count: UInt64 = 160

    @Test(arguments: 0..<8) func everySeedKeepsTheRules(shard: UInt64) {
        for seed in (0..<Self.count).filter({ $0 % 8 == shard }) {
            if let chosen = Self.chosen, chosen != seed { continue }
            do {
                try Self.run(seed)
            } catch {
                Issue.record("TERN_SEED=\(seed): \(error)")
            }
        }
    }

    private static func run(_ seed: UInt64) throws {
        let versions: [[Version]] = [[.v2], [.v03], [.v2, .v03]]
        let network = try SimulatedNetwork(seed: seed, versions: versions[Int(seed % 3)])
        if chosen != nil { network.narrator = { print($0) } }
        for _ in 0..<24 { try network.step() }
        try network.agree()
    }
}
