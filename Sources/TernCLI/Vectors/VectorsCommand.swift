// Owns the family `tern vectors`.

internal import ArgumentParser

/// `tern vectors`.
struct VectorsCommand: CommandFamily {
    static let configuration = CommandConfiguration(
        commandName: "vectors", abstract: "Run, explain and record test vectors.",
        discussion: "Example:\n  tern vectors run TestVectors/wycheproof",
        subcommands: [
            VectorsListCommand.self, VectorsRunCommand.self, VectorsExplainCommand.self, VectorsRecordCommand.self,
        ])

    @OptionGroup var options: GlobalOptions
}
