// Owns running the built command as a script would: arguments, standard input, environment, exit code.

import Foundation
import TernTestKit

/// A run of the command that has ended.
struct Finished {
    let status: Int32
    let output: String
    let errors: String

    var outputLines: [Substring] { output.split(separator: "\n") }
    var errorLines: [Substring] { errors.split(separator: "\n") }
}

enum Command {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The folder that the tests were built into: the command lies there too.
    static let folder = BuiltPrograms.path(of: "tern").deletingLastPathComponent()

    /// Runs `tern` with arguments.
    static func tern(
        _ arguments: [String], input: Data = Data(), environment: [String: String] = [:], in place: URL = root
    ) throws -> Finished {
        try run(folder.appending(path: "tern"), arguments, input, environment, place)
    }

    /// Runs a line in a shell that finds `tern`.
    static func shell(_ line: String, environment: [String: String] = [:]) throws -> Finished {
        try run(URL(filePath: "/bin/sh"), ["-c", line], Data(), environment, root)
    }

    private static func run(
        _ program: URL, _ arguments: [String], _ input: Data, _ environment: [String: String], _ place: URL
    ) throws -> Finished {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.currentDirectoryURL = place
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        process.environment = ["PATH": folder.path + ":" + path, "LC_ALL": "C"].merging(environment) { $1 }
        // files, not pipes: nobody has to read while the command writes
        let files = try (0..<3).map { _ in try Captured() }
        try input.write(to: files[0].place)
        process.standardInput = try FileHandle(forReadingFrom: files[0].place)
        process.standardOutput = try FileHandle(forWritingTo: files[1].place)
        process.standardError = try FileHandle(forWritingTo: files[2].place)
        try process.run()
        process.waitUntilExit()
        return Finished(
            status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
            output: try files[1].text(), errors: try files[2].text())
    }
}

/// A file that is gone when it is no longer needed.
final class Captured {
    let place = FileManager.default.temporaryDirectory.appending(path: "tern-\(UUID().uuidString)")

    init() throws {
        try Data().write(to: place)
    }

    func text() throws -> String {
        String(decoding: try Data(contentsOf: place), as: UTF8.self)
    }

    deinit {
        try? FileManager.default.removeItem(at: place)
    }
}
