// Owns the family `tern file`. It must not know what its commands do.

internal import ArgumentParser

/// `tern file`.
struct FileCommand: CommandFamily {
    static let configuration = CommandConfiguration(
        commandName: "file", abstract: "Encrypt and decrypt files that are shared by a link (XEP-0454).",
        discussion: "Example:\n  tern file encrypt photo.jpg --output photo.enc --url https://example.org/photo.enc",
        subcommands: [FileEncryptCommand.self, FileDecryptCommand.self])

    @OptionGroup var options: GlobalOptions
}
