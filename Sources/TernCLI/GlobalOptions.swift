// Owns the options that every command has. It must not know what a command makes of them.

internal import ArgumentParser

/// The options that every command has. They may stand before or after the command's name.
struct GlobalOptions: ParsableArguments {
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
