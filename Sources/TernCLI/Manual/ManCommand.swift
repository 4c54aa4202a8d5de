// Owns `tern man`.

internal import ArgumentParser
internal import TernJSON

/// `tern man`.
struct ManCommand: TernCommand {
    static let configuration = CommandConfiguration(
        commandName: "man", abstract: "Print the manual page.",
        discussion: "Example:\n  tern man | man -l -")

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) throws(CommandFailure) -> ExitStatus {
        guard let help = try? JSONReader.read(Array(TernTool._dumpHelp().utf8)), let root = help.object?["command"]
        else {
            throw CommandFailure(.internalError, "the parser's description of the commands cannot be read")
        }
        console.print(verbatim: ManualPage(root).text)
        return .success
    }
}
