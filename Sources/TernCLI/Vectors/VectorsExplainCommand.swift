// Owns `tern vectors explain`: finding what its argument means. It must not know how an explanation is laid out.

internal import ArgumentParser
internal import TernVectors

/// `tern vectors explain`.
struct VectorsExplainCommand: TernCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Explain a case or a file, and tell what Tern makes of it.",
        discussion: """
            Examples:
              tern vectors explain x25519_test.json#63
              tern vectors explain TestVectors/recorded/omemo2-transcript.json
            """)

    @Argument(
        help: ArgumentHelp(
            "A case as 'run' names it, FILE#ID, or a file. A FILE that is no path is looked for in the folder TestVectors.",
            valueName: "case|file"), completion: .file(extensions: ["json"]))
    var subject: String

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) throws(CommandFailure) -> ExitStatus {
        let (name, id) = VectorsExplainCommand.split(subject)
        let file = try VectorsExplainCommand.find(name)
        guard let id else {
            Explanation(console).print(file)
            return .success
        }
        guard let subject = file.cases.first(where: { $0.id == id }) else {
            throw CommandFailure(
                .usage, "\(file.path) has no case '\(id)'", hint: "tern vectors run --verbose \(file.path) lists them")
        }
        // a recorded event follows from those before: the whole file is run
        var outcome = Outcome.skipped("it was not reached")
        let fullID = file.name + "#" + id
        file.run { result in if result.id == fullID { outcome = result.outcome } }
        Explanation(console).print(subject, of: file, outcome)
        if case .failed = outcome { return .vectorFailed }
        return .success
    }

    /// A name of a file may have a `#` itself: the last one counts.
    private static func split(_ subject: String) -> (file: String, id: String?) {
        guard let mark = subject.lastIndex(of: "#") else { return (subject, nil) }
        return (String(subject[..<mark]), String(subject[subject.index(after: mark)...]))
    }

    private static func find(_ name: String) throws(CommandFailure) -> VectorFile {
        let place = try path(of: name)
        do throws(VectorFault) {
            return try VectorFile(readingFrom: place)
        } catch {
            throw LoadFault(error, isNamed: true).failure
        }
    }

    private static func path(of name: String) throws(CommandFailure) -> String {
        let direct = VectorSearch([name])
        if direct.named.contains(name) { return name }
        guard !name.contains("/") else { throw CommandFailure(.usage, "\(name): no such file") }
        let folder = try DefaultVectors.folder()
        let found = VectorSearch([folder]).files.filter { $0.hasSuffix("/" + name) }
        guard let first = found.first else {
            throw CommandFailure(.usage, "there is no '\(name)', here or in \(folder)", hint: "see 'tern vectors list'")
        }
        guard found.count == 1 else {
            throw CommandFailure(.usage, "'\(name)' is several files", hint: found.joined(separator: ", "))
        }
        return first
    }
}
