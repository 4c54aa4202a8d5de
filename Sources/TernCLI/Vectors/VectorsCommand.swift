// Owns the family `tern vectors`.

internal import ArgumentParser

/// `tern vectors`.
struct VectorsCommand: CommandFamily {
    static let configuration = CommandConfiguration(
        commandName: "vectors", abstract: "Run and explain test vectors.",
        discussion: "Example:\n  tern vectors run TestVectors/wycheproof",
        subcommands: [VectorsListCommand.self, VectorsRunCommand.self, VectorsExplainCommand.self])

    @OptionGroup var options: GlobalOptions
}
