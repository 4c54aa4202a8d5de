// Owns the run over many seeds of a simulated network, built for speed. A seed that fails is printed, and can be run again
// by its number, telling what happens.

import Dispatch
import Glibc
import Synchronization
import TernOMEMO
import TernTestKit

/// `TernSimulation FIRST COUNT`, or `TernSimulation SEED` for one seed with everything that happens in it.
func run(_ seed: UInt64, narrating: Bool) throws {
    let versions: [[Version]] = [[.v2], [.v03], [.v2, .v03]]
    let network = try SimulatedNetwork(seed: seed, versions: versions[Int(seed % 3)])
    if narrating { network.narrator = { print($0) } }
    for _ in 0..<24 { try network.step() }
    try network.agree()
}

let numbers = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
guard (1...2).contains(numbers.count), numbers.count == CommandLine.arguments.count - 1 else {
    print("usage: TernSimulation FIRST COUNT, or TernSimulation SEED")
    exit(2)
}
let count = numbers.count == 2 ? numbers[1] : 1
let failures = Mutex<[(seed: UInt64, what: String)]>([])
DispatchQueue.concurrentPerform(iterations: Int(count)) { index in
    let seed = numbers[0] + UInt64(index)
    do {
        try run(seed, narrating: count == 1)
    } catch {
        failures.withLock { $0.append((seed, "\(error)")) }
    }
}
let failed = failures.withLock { $0.sorted { $0.seed < $1.seed } }
for failure in failed { print("seed \(failure.seed): \(failure.what)") }
print("\(count) seeds, \(failed.count) failed")
exit(failed.isEmpty ? 0 : 1)
