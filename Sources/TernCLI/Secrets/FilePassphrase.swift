// Owns the options that say where the passphrase of a file comes from; that of the store has others. It must not know what is in
// the file.

internal import ArgumentParser
internal import TernCrypto
internal import TernInput

/// The passphrase of a file, beside that of the store.
struct FilePassphrase: ParsableArguments {
    @Option(help: ArgumentHelp("Read the file's passphrase from a descriptor, its first line.", valueName: "n"))
    var filePassphraseFd: Int32?

    @Option(
        help: ArgumentHelp("Read the file's passphrase from a file, its first line.", valueName: "file"),
        completion: .file())
    var filePassphraseFile: String?

    func validate() throws {
        guard filePassphraseFd == nil || filePassphraseFile == nil else {
            throw ValidationError("Only one of --file-passphrase-fd and --file-passphrase-file can be given")
        }
        guard (filePassphraseFd ?? 0) >= 0 else {
            throw ValidationError("--file-passphrase-fd takes the number of a descriptor")
        }
    }

    /// Reads it.
    /// - Parameter isNew: Whether a person types it twice.
    func read(isNew: Bool, _ options: GlobalOptions, in workplace: Workplace) throws(CommandFailure) -> SecretBytes {
        let name = "passphrase of the file"
        let given = try SecretSource.given(
            name, file: filePassphraseFile, descriptor: filePassphraseFd,
            hint: "give --file-passphrase-fd 0 or --file-passphrase-file", in: workplace)
        if let given { return given }
        guard !options.noInput else {
            throw CommandFailure(
                .usage, "the \(name) is needed, and --no-input forbids to ask for it",
                hint: "give --file-passphrase-fd or --file-passphrase-file")
        }
        let passphrase = try SecretPrompt().ask(name)
        guard isNew else { return passphrase }
        let again = try SecretPrompt().ask("\(name) again")
        guard areEqual(passphrase, again) else {
            throw CommandFailure(.usage, "the two passphrases differ")
        }
        return passphrase
    }
}
