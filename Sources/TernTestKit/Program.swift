// Owns running a program to its end, which comes in time or is made to come. It must not know what the program does.

internal import Dispatch
internal import Foundation
internal import Glibc

/// A program that runs with files for its input and output: nobody has to read while it writes.
public struct Program {
    /// The program's path, and its arguments.
    public var command: [String]
    /// Where it runs.
    public var folder: String
    /// What it gets beside the environment of this process.
    public var environment: [String: String] = [:]
    /// The file that is its standard input.
    public var input = "/dev/null"
    /// The file that its standard output goes to.
    public var output = "/dev/null"
    /// The file that its standard error goes to.
    public var errors = "/dev/null"

    /// A program that reads and writes nothing.
    public init(_ command: [String], in folder: String) {
        self.command = command
        self.folder = folder
    }

    /// Why there is no exit code.
    public enum Refusal: Error {
        /// It did not end in time.
        case overdue(command: [String])
    }

    /// Runs it.
    /// - Returns: The exit code; negative for a signal.
    public func run() throws -> Int32 {
        for path in [output, errors] where path != "/dev/null" {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
        }
        let process = Process()
        process.executableURL = URL(filePath: command[0])
        process.arguments = Array(command.dropFirst())
        process.currentDirectoryURL = URL(filePath: folder)
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = try FileHandle(forReadingFrom: URL(filePath: input))
        process.standardOutput = try FileHandle(forWritingTo: URL(filePath: output))
        process.standardError = try FileHandle(forWritingTo: URL(filePath: errors))
        let start = ContinuousClock.now
        try process.run()
        let number = process.processIdentifier
        let end = DispatchWorkItem { kill(number, SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(Program.limit), execute: end)
        process.waitUntilExit()
        end.cancel()
        guard start.duration(to: .now) < .seconds(Program.limit) else { throw Refusal.overdue(command: command) }
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }

    /// Seconds; a hundred times what the slowest takes on a machine that has other things to do.
    private static let limit = 120
}
