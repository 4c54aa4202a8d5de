// Owns the way from a command's paths to files that were read, and from faults to failures with an exit code.

internal import TernVectors

/// All files below the given paths.
struct LoadedVectors {
    /// Those that could be read, in order.
    private(set) var files: [VectorFile] = []
    /// Why others could not, each with its exit code.
    private(set) var faults: [LoadFault]

    /// - Parameter paths: Files or folders; none stands for the project's own vectors.
    /// - Throws: When none are given and none are found.
    init(_ paths: [String]) throws(CommandFailure) {
        let search = VectorSearch(paths.isEmpty ? [try DefaultVectors.folder()] : paths)
        faults = search.faults.map { LoadFault($0, isNamed: false) }
        for path in search.files {
            do throws(VectorFault) {
                files.append(try VectorFile(readingFrom: path))
            } catch {
                faults.append(LoadFault(error, isNamed: search.named.contains(path)))
            }
        }
        guard files.isEmpty, faults.isEmpty else { return }
        throw CommandFailure(
            .usage, "there are no vector files in \(paths.joined(separator: " "))", hint: "vector files end in .json")
    }
}

/// A fault with what the command makes of it.
struct LoadFault {
    let fault: VectorFault
    let failure: CommandFailure

    /// - Parameter isNamed: Whether the path was given itself, so that a wrong one is a mistake of usage.
    init(_ fault: VectorFault, isNamed: Bool) {
        self.fault = fault
        let message = fault.text
        failure =
            switch fault.reason {
            case .notFound, .notFile: CommandFailure(.usage, message)
            case .unreadable: CommandFailure(.storage, message)
            case .tooLarge: CommandFailure(.limitExceeded, message)
            case .notJSON: CommandFailure(.malformed, message)
            case .notVectors where isNamed:
                CommandFailure(.usage, message, hint: "TestVectors/README.md describes the formats")
            case .notVectors, .invalid: CommandFailure(.vectorFailed, message)
            }
    }
}
