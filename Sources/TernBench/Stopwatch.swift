// Owns how scenarios are measured: batches of all contestants in turn, so that a machine that slows down slows all.

internal import Glibc

/// The figures of one contestant.
public struct Measurement: Sendable {
    /// The scenario's name.
    public let name: String
    /// Who did the work.
    public let peer: String
    /// What is counted.
    public let unit: Scenario.Unit
    /// The middle of all runs.
    public let median: Double
    /// What 99 of 100 runs stay below.
    public let p99: Double
    /// The best run.
    public let minimum: Double
    /// Operations in a run.
    public let operations: Int
    /// Batches measured.
    public let runs: Int
    /// The median divided by Tern's in the same run.
    public let ratioToTern: Double
}

/// Measures scenarios.
public struct Stopwatch: Sendable {
    /// Batches of each contestant.
    public let runs: Int

    /// - Parameter runs: At least 3.
    public init(runs: Int = 25) {
        self.runs = max(runs, 3)
    }

    /// Measures all contestants of a scenario, a batch of each in turn, after one batch that is not counted.
    /// - Throws: What a workload throws: it did not do its work, so there is no figure.
    public func measure(_ scenario: Scenario) throws -> [Measurement] {
        var figures = scenario.contestants.map { _ in [Double]() }
        for run in -1..<runs {
            for (place, contestant) in scenario.contestants.enumerated() {
                let figure = try Stopwatch.run(contestant)
                if run >= 0 { figures[place].append(figure) }
            }
        }
        let tern = scenario.contestants.firstIndex { $0.peer == "tern" }.map {
            Stopwatch.quantile(0.5, of: figures[$0])
        }
        return scenario.contestants.enumerated().map { place, contestant in
            let median = Stopwatch.quantile(0.5, of: figures[place])
            return Measurement(
                name: scenario.name, peer: contestant.peer, unit: scenario.unit, median: median,
                p99: Stopwatch.quantile(0.99, of: figures[place]), minimum: figures[place].min() ?? 0,
                operations: contestant.batch, runs: runs, ratioToTern: tern.map { median / $0 } ?? 1)
        }
    }

    private static func run(_ contestant: Contestant) throws -> Double {
        switch try contestant.prepare(contestant.batch) {
        case .counted(let figure): return figure
        case .timed(let work):
            let start = processorTime()
            try work()
            return (processorTime() - start) * 1e6 / Double(contestant.batch)
        }
    }

    /// Seconds of processor time of this thread: waiting for another process is not the contestant's fault.
    private static func processorTime() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    private static func quantile(_ fraction: Double, of figures: [Double]) -> Double {
        let sorted = figures.sorted()
        guard !sorted.isEmpty else { return 0 }
        return sorted[min(sorted.count - 1, Int(Double(sorted.count) * fraction))]
    }
}
