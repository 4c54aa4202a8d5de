// Owns `tern vectors record`. It must not know what is in a recording.

internal import ArgumentParser
internal import TernVectors

/// `tern vectors record`.
struct VectorsRecordCommand: TernCommand {
    static let configuration = CommandConfiguration(
        commandName: "record", abstract: "Record an OMEMO conversation of Tern, for others to test against.",
        discussion: """
            Examples:
              tern vectors record --version 0.3 --seed 7 --output conversation.json
              tern vectors record --fanout | tern vectors run -

            The keys are drawn from the seed: the same version, script and seed give the same bytes. All private keys are \
            in the file, with the state after each event; TestVectors/README.md documents it field by field. \
            With --json the document is on one line.
            """)

    @Option(help: ArgumentHelp("The version of OMEMO.", valueName: "0.3|2"))
    var version = Edition.omemo2

    @Option(help: ArgumentHelp("The number that all keys are drawn from.", valueName: "number"))
    var seed: UInt64 = 1

    @Flag(help: "One message for several devices instead of a conversation of two.")
    var fanout = false

    @Option(
        help: ArgumentHelp("The file to write, - for standard output.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var output = "-"

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) throws(CommandFailure) -> ExitStatus {
        let recording: Recording
        do throws(Recording.Failure) {
            recording = try Recording(
                fanout ? .fanout : .conversation, version.recorded, seed: seed, producer: ProgramVersion.number)
        } catch {
            throw CommandFailure(.internalError, "what was recorded does not run: \(error.message)")
        }
        let bytes = Array((options.json ? recording.line : recording.text).utf8)
        if output == "-" {
            console.print(bytes)
        } else {
            try OutputFile(output).write(bytes)
        }
        return .success
    }

    /// What `--version` takes.
    enum Edition: String, ExpressibleByArgument, CaseIterable {
        case omemo03 = "0.3"
        case omemo2 = "2"

        var recorded: Recording.Edition {
            switch self {
            case .omemo03: .omemo03
            case .omemo2: .omemo2
            }
        }
    }
}
