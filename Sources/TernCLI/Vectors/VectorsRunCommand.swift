// Owns `tern vectors run`. It must not know formats or kinds.

internal import ArgumentParser
internal import TernJSON
internal import TernVectors

/// `tern vectors run`.
struct VectorsRunCommand: TernCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run test vectors.",
        discussion: """
            Example:
              tern vectors run --json TestVectors | grep -v passed

            Reads the project's own format, Wycheproof files and recorded OMEMO conversations; see \
            TestVectors/README.md. The exit code is 13 when a case fails.
            """)

    @Argument(
        help: ArgumentHelp(
            "Files or folders, - for standard input. Without any: the folder TestVectors.", valueName: "path"),
        completion: .file(extensions: ["json"]))
    var paths: [String] = []

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) throws(CommandFailure) -> ExitStatus {
        let loaded = try LoadedVectors(paths)
        var report = RunReport(console)
        for fault in loaded.faults { report.add(fault) }
        let total = loaded.files.reduce(0) { $0 + $1.cases.count }
        let progress = ProgressBar(console, task: "vectors", total: total)
        for file in loaded.files {
            try console.pause()
            report.begin(file)
            file.run { result in
                report.add(result)
                progress.advance()
            }
            report.end(file)
        }
        progress.finish()
        return report.finish()
    }
}
