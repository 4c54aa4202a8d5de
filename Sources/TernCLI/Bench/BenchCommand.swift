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
    let scenarios: [Scenario]

    /// The names of groups.
    static let groups = ["ratchet": RatchetScenarios.all, "omemo": OMEMOScenarios.all]

    /// All rows, those of a group, those of a row's name in every version, or one row.
    init(_ names: [String]) throws(CommandFailure) {
        let all = RatchetScenarios.all + OMEMOScenarios.all
        guard !names.isEmpty else {
            scenarios = all
            return
        }
        for name in names where !all.contains(where: { BenchSelection.name(name, means: $0) }) {
            throw CommandFailure(.usage, "no benchmark is called '\(name)'", hint: "tern bench list tells the names")
        }
        scenarios = all.filter { scenario in names.contains { BenchSelection.name($0, means: scenario) } }
    }

    /// The group of a row.
    static func group(of scenario: Scenario) -> String {
        groups.first { $0.value.contains { $0.name == scenario.name } }?.key ?? ""
    }

    private static func name(_ name: String, means scenario: Scenario) -> Bool {
        groups[name]?.contains { $0.name == scenario.name } == true || name == scenario.name
            || scenario.name.hasPrefix(name + "/")
    }
}
