// Owns how a person names devices and a key of an address on the command line. It must not know what is decided about them.

internal import ArgumentParser
internal import TernCore

/// The address, and which of its devices and keys are meant.
struct KeyArguments: ParsableArguments {
    @Option(help: ArgumentHelp("The device that is meant; all without it.", valueName: "n"))
    var device: UInt32?

    @Argument(help: ArgumentHelp("The address.", valueName: "jid"), transform: GlobalOptions.address)
    var jid: BareJID

    @Argument(help: ArgumentHelp("The key that is meant, in any grouping.", valueName: "fingerprint"))
    var fingerprint: [String] = []
}
