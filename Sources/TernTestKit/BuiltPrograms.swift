// Owns where the programs of this package lie beside the tests. It must not know what they do.

public import Foundation

/// The folder that the tests were built into.
public enum BuiltPrograms {
    /// Where a program of the package lies.
    public static func path(of program: String) -> URL {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let beside = URL(filePath: own).deletingLastPathComponent().appending(path: program)
        if FileManager.default.isExecutableFile(atPath: beside.path) { return beside }
        // the test program may be the toolchain's, with the tests' bundle as an argument
        let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? ""
        return URL(filePath: bundle).deletingLastPathComponent().appending(path: program)
    }
}
