// Owns `tern bench list`. It measures nothing.

internal import ArgumentParser
internal import TernBench
internal import TernJSON

/// `tern bench list`.
struct BenchListCommand: TernCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the benchmarks: name, unit, and what an operation is.",
        discussion: "Example:\n  tern bench list")

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) throws(CommandFailure) -> ExitStatus {
        let rows = try BenchSelection([]).rows
        let width = rows.map(\.scenario.name.count).max() ?? 0
        for row in rows {
            let scenario = row.scenario
            if options.json {
                console.print([
                    "v": 1, "type": "scenario", "name": .string(scenario.name), "group": .string(row.group),
                    "unit": .string(scenario.unit.rawValue), "summary": .string(scenario.summary),
                ])
            } else {
                console.print("\(scenario.name.padded(to: width))  \(scenario.summary)")
            }
        }
        return .success
    }
}

extension String {
    /// The text with spaces behind it.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }

    /// The text with spaces before it.
    func indented(to width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }
}
