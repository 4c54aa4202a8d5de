// Owns `tern vectors list`. It runs nothing.

internal import ArgumentParser
internal import TernJSON
internal import TernVectors

/// `tern vectors list`.
struct VectorsListCommand: TernCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List vector files: format, number of cases, source.",
        discussion: "Example:\n  tern vectors list")

    @Argument(
        help: ArgumentHelp(
            "Files or folders, - for standard input. Without any: the folder TestVectors.", valueName: "path"),
        completion: .file(extensions: ["json"]))
    var paths: [String] = []

    @OptionGroup var options: GlobalOptions

    func execute(_ console: Console) throws(CommandFailure) -> ExitStatus {
        let loaded = try LoadedVectors(paths)
        for file in loaded.files {
            if options.json {
                console.print(VectorsListCommand.object(of: file))
            } else {
                console.print("\(safe(file.path))")
                console.print(
                    "  \(counted(file.cases.count, "case")), \(file.format.rawValue): \(safe(file.origin.spec))")
                if options.verbosity != .quiet { console.print("  from \(safe(file.origin.source))") }
            }
        }
        for fault in loaded.faults { console.report(fault.failure) }
        let statuses = loaded.faults.map(\.failure.status)
        return statuses.contains(.vectorFailed) ? .vectorFailed : statuses.first ?? .success
    }

    private static func object(of file: VectorFile) -> JSONValue {
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "file"
        object["file"] = .string(file.path)
        object["format"] = .string(file.format.rawValue)
        object["cases"] = .number(String(file.cases.count))
        object["spec"] = .string(file.origin.spec)
        object["source"] = .string(file.origin.source)
        object["generator"] = file.origin.generator.map { .string($0) }
        object["licence"] = file.origin.licence.map { .string($0) }
        return .object(object)
    }
}
