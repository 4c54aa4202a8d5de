// Owns the family `tern omemo`. It must not know what its commands do.

internal import ArgumentParser

/// `tern omemo`.
struct OMEMOCommand: CommandFamily {
    static let configuration = CommandConfiguration(
        commandName: "omemo", abstract: "Sessions, prekeys and device lists.",
        discussion: "Example:\n  tern omemo status",
        subcommands: [
            OMEMOStatusCommand.self, OMEMODevicesCommand.self, OMEMOResetCommand.self, OMEMORotateCommand.self,
            OMEMOLeaveCommand.self, OMEMOJoinCommand.self,
        ])

    @OptionGroup var options: GlobalOptions
}
