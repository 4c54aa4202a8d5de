// Owns `tern bench` and which rows a name stands for. It must not know how a row is measured.

internal import ArgumentParser
internal import TernBench

/// `tern bench`.
struct BenchCommand: CommandFamily {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure what operations cost on this machine.",
        discussion: "Example:\n  tern bench run ratchet",
        subcommands: [BenchListCommand.self, BenchRunCommand.self])

    @OptionGroup var options: GlobalOptions
}

/// Scenarios under a name that a script can give.
struct BenchSelection {
    /// The rows, in the order in which they are told.
    let rows: [Row]

    /// All rows by group, in the order in which they are told.
    private static var groups: [(name: String, scenarios: [Scenario])] {
        [
            ("ratchet", RatchetScenarios.all), ("omemo", OMEMOScenarios.all), ("file", FileScenarios.all),
            ("otr", OTRScenarios.all), ("pgp", PGPScenarios.all),
        ]
    }

    /// All rows, those of a group, those of a row's name in every version, or one row.
    init(_ names: [String]) throws(CommandFailure) {
        let all = BenchSelection.groups.flatMap { group in
            group.scenarios.map { Row(group: group.name, scenario: $0) }
        }
        for name in names where !all.contains(where: { $0.isMeant(by: name) }) {
            throw CommandFailure(.usage, "no benchmark is called '\(name)'", hint: "tern bench list tells the names")
        }
        rows = names.isEmpty ? all : all.filter { row in names.contains { row.isMeant(by: $0) } }
    }

    /// A scenario and where it belongs.
    struct Row {
        let group: String
        let scenario: Scenario

        func isMeant(by name: String) -> Bool {
            name == group || name == scenario.name || scenario.name.hasPrefix(name + "/")
        }
    }
}
