// Owns the contract between the program and its commands and families of commands. It must not know any command.

internal import ArgumentParser

/// A command that has others below it and does nothing itself. Without one of them it is a question for help.
protocol CommandFamily: ParsableCommand {
    /// The options that every command has.
    var options: GlobalOptions { get }
}

/// A command that does something. It prints data through the console, throws what ends it, and returns its exit code.
protocol TernCommand: ParsableCommand {
    /// The options that every command has, wherever on the line they stand.
    var options: GlobalOptions { get }

    /// Does it.
    func execute(_ console: Console) async throws(CommandFailure) -> ExitStatus
}
