// Owns `tern completions`: the script comes from the parser, so it cannot be out of date.

internal import ArgumentParser

/// `tern completions`.
struct CompletionsCommand: TernCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions", abstract: "Print a completion script for a shell.",
        discussion: "Example:\n  tern completions bash > ~/.local/share/bash-completion/completions/tern")

    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish
    }

    @Argument(help: ArgumentHelp("The shell.", valueName: "bash|zsh|fish"))
    var shell: Shell

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) throws(CommandFailure) -> ExitStatus {
        let parserShell: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        console.print(verbatim: TernTool.completionScript(for: parserShell))
        return .success
    }
}
