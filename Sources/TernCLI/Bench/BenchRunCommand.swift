// Owns `tern bench run`: a table for a person, an object a row for a program. It must not know how time is taken.

internal import ArgumentParser
internal import TernBench
internal import TernJSON

/// `tern bench run`.
struct BenchRunCommand: TernCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run benchmarks.",
        discussion: """
            Example:
              tern bench run ratchet

            Each row is measured for Tern and for its floor, which is the same primitives of libsodium and libgcrypt called \
            bare, in batches that take turns: compare within a run, not between runs. Times are of this thread's processor; \
            'elapsed' is the clock's, where all processors help. \
            A name is a group, a row of every version (chain-encrypt) or one row (chain-encrypt/2).
            """)

    @Argument(help: ArgumentHelp("Groups or rows. Without any: all.", valueName: "name"))
    var names: [String] = []

    @Option(help: ArgumentHelp("Batches of each row, 3 to 1000.", valueName: "count"))
    var runs = 25

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) throws(CommandFailure) -> ExitStatus {
        guard (3...1000).contains(runs) else { throw CommandFailure(.usage, "--runs takes a number from 3 to 1000") }
        let scenarios = try BenchSelection(names).rows.map(\.scenario)
        let stopwatch = Stopwatch(runs: runs)
        let width = scenarios.map(\.name.count).max() ?? 0
        if !options.json { console.print(BenchRunCommand.heading(width)) }
        for scenario in scenarios {
            let measurements: [Measurement]
            do {
                measurements = try stopwatch.measure(scenario)
            } catch {
                throw CommandFailure(.internalError, "\(scenario.name) did not do its work")
            }
            try console.pause()
            for measurement in measurements {
                if options.json {
                    console.print(BenchRunCommand.object(of: measurement))
                } else {
                    console.print(BenchRunCommand.line(measurement, width))
                }
            }
        }
        return .success
    }

    private static func heading(_ width: Int) -> String {
        let columns = ["median", "p99", "min", "tern = 1"].map { $0.indented(to: 11) }.joined()
        return "".padded(to: width) + "  " + "us/op".padded(to: 7) + columns
    }

    private static func line(_ measurement: Measurement, _ width: Int) -> String {
        let figures = [measurement.median, measurement.p99, measurement.minimum, measurement.ratioToTern]
        let columns = figures.map { decimal($0).indented(to: 11) }.joined()
        return measurement.name.padded(to: width) + "  " + measurement.peer.padded(to: 7) + columns
    }

    private static func object(of measurement: Measurement) -> JSONValue {
        [
            "v": 1, "type": "bench", "name": .string(measurement.name), "peer": .string(measurement.peer),
            "unit": .string(measurement.unit.rawValue), "median": .number(decimal(measurement.median)),
            "p99": .number(decimal(measurement.p99)), "min": .number(decimal(measurement.minimum)),
            "ops": .number(String(measurement.operations)), "runs": .number(String(measurement.runs)),
            "ratio_to_tern": .number(decimal(measurement.ratioToTern)),
        ]
    }

    /// Three places behind the point.
    private static func decimal(_ number: Double) -> String {
        let thousandths = Int((number * 1000).rounded())
        let fraction = String(thousandths % 1000)
        return "\(thousandths / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }
}
