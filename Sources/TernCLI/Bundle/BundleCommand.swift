// Owns the family `tern bundle`. It must not know what its commands do.

internal import ArgumentParser

/// `tern bundle`.
struct BundleCommand: CommandFamily {
    static let configuration = CommandConfiguration(
        commandName: "bundle", abstract: "Public material, as other programs publish and fetch it.",
        discussion: "Example:\n  tern bundle show | tern --store other bundle import --from alice@example.org",
        subcommands: [BundleShowCommand.self, BundleImportCommand.self])

    @OptionGroup var options: GlobalOptions
}
