// Owns the options that every command has. It must not know what a command makes of them; one that needs no store
// ignores what is about the store.

internal import ArgumentParser
internal import TernCore

/// The options that every command has. They may stand before or after the command's name.
struct GlobalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The folder of the store; memory: keeps nothing. Without it: $TERN_STORE, then $XDG_DATA_HOME/tern.",
            valueName: "dir"), completion: .directory)
    var store: String?

    @Option(
        help: ArgumentHelp("The account to act for, where the store has several.", valueName: "jid"),
        transform: GlobalOptions.address)
    var account: BareJID?

    @Flag(help: "Print one JSON object a line; errors and progress too, on standard error.")
    var json = false

    @Flag(exclusivity: .exclusive)
    var verbosity: Verbosity?

    @Option(help: ArgumentHelp("Colour the output.", valueName: "auto|always|never"))
    var color = ColorChoice.auto

    @Option(
        help: ArgumentHelp("Show the progress of what takes longer than half a second.", valueName: "auto|none|json"))
    var progress = ProgressChoice.auto

    @Flag(help: "Never ask for anything; fail instead.")
    var noInput = false

    @Option(help: ArgumentHelp("How long to wait for a store that another process holds.", valueName: "seconds"))
    var lockTimeout = LockTimeout.standard

    @Option(help: ArgumentHelp("Read the store's passphrase from a descriptor, its first line.", valueName: "n"))
    var passphraseFd: Int32?

    @Option(
        help: ArgumentHelp("Read the store's passphrase from a file, its first line.", valueName: "file"),
        completion: .file())
    var passphraseFile: String?

    @Option(
        help: ArgumentHelp(
            "Open the store with the 32 random bytes of a file, without a passphrase.", valueName: "file"),
        completion: .file())
    var keyFile: String?

    func validate() throws {
        let keys = [passphraseFd != nil, passphraseFile != nil, keyFile != nil]
        guard keys.count(where: { $0 }) <= 1 else {
            throw ValidationError("Only one of --passphrase-fd, --passphrase-file and --key-file can be given")
        }
        guard (passphraseFd ?? 0) >= 0 else {
            throw ValidationError("--passphrase-fd takes the number of a descriptor")
        }
    }

    /// An address as commands take it.
    @Sendable static func address(_ text: String) throws -> BareJID {
        guard let jid = try? BareJID(text) else { throw ValidationError("not an address like you@example.org") }
        return jid
    }

    /// Parses an address, with or without its resource.
    @Sendable static func recipient(_ text: String) throws -> JID {
        guard let jid = try? JID(text) else { throw ValidationError("not an address like you@example.org") }
        return jid
    }

    /// What opens a sealed store.
    var storeKey: StoreKeySource {
        if let keyFile { return .keyFile(keyFile) }
        if let passphraseFd { return .passphrase(.descriptor(passphraseFd)) }
        if let passphraseFile { return .passphrase(.file(passphraseFile)) }
        return .passphrase(.terminal)
    }
}

/// What opens a sealed store: a passphrase, or a key that needs none.
enum StoreKeySource: Equatable {
    case passphrase(SecretSource)
    case keyFile(String)
}

/// How long to wait for a store that another process holds.
struct LockTimeout: ExpressibleByArgument, Equatable {
    let duration: Duration

    static let standard = LockTimeout(duration: .seconds(5))
    private static let longest = 3600.0

    private init(duration: Duration) {
        self.duration = duration
    }

    /// Seconds, from none to an hour; parts of a second behind a point.
    init?(argument: String) {
        guard let seconds = Double(argument), (0...LockTimeout.longest).contains(seconds) else { return nil }
        duration = .milliseconds(Int((seconds * 1000).rounded()))
    }

    var defaultValueDescription: String { String(duration.components.seconds) }
}

/// How much is printed.
enum Verbosity: String, EnumerableFlag {
    case quiet, verbose

    static func help(for value: Verbosity) -> ArgumentHelp? {
        switch value {
        case .quiet: "Print only what is wrong."
        case .verbose: "Print every single thing."
        }
    }
}

/// When output is coloured; `auto` is on a terminal, unless `NO_COLOR` is set.
enum ColorChoice: String, ExpressibleByArgument, CaseIterable {
    case auto, always, never
}

/// How progress is shown; `auto` is a bar on a terminal.
enum ProgressChoice: String, ExpressibleByArgument, CaseIterable {
    case auto, none, json
}
