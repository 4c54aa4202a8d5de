// Owns running a program again and again, each time with its next file call going wrong. It must not know what the
// program keeps in its files.

internal import Foundation

/// A program at every point where it can crash, where the disk can fail, and where the power can go.
///
/// The faults are made by a library that is loaded before libc's (`Faults/faults.c`, which says what each fault is), so any
/// program that is linked dynamically can be run as it is. What it does on its standard output has to be told apart from
/// what it keeps: a line there is a promise that the caller holds it to.
///
/// ```swift
/// try CrashPoints().strike(.kill, running: ["/…/tern", "--store", "store", "account", "create", "a@example.org"]) {
///     run in …  // run.folder is as the crash has left it; open it and hold it against run.output
/// }
/// ```
public final class CrashPoints {
    /// What goes wrong at a call.
    public enum Fault: String, CaseIterable, Sendable {
        /// The process ends before the call.
        case kill
        /// A write is done by half, and the process ends.
        case short
        /// The call fails with `EIO`, once.
        case fail
        /// A write is done by half, and says so.
        case partial
        /// The disk is full from then on.
        case full
        /// The power goes: all that was not synchronised is gone.
        case loss
        /// The power goes: of what was not synchronised some blocks are there and some are not.
        case tear
        /// A synchronisation fails with `EIO`, and the power goes when the program has ended: all that was not synchronised
        /// is gone. Only synchronisations are counted.
        case unsync
    }

    /// A run that has ended.
    public struct Run: Sendable {
        /// Which call went wrong, counted from 1.
        public let call: Int
        /// What kind of call it was; nil where the program ended before it came to that call.
        public let struck: String?
        /// The exit code; negative for a signal.
        public let status: Int32
        /// What the program wrote to its standard output.
        public let output: String
        /// What it wrote to its standard error.
        public let errors: String
        /// The folder as the program left it.
        public let folder: String
    }

    private let place: String
    private let library: String

    /// Builds the library.
    public init() throws {
        place = try Self.makeFolder()
        library = place + "/faults.so"
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Faults/faults.c").path
        var compiler = Program(
            ["/usr/bin/env", "cc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl", "-lpthread"], in: place)
        compiler.errors = place + "/errors"
        guard try compiler.run() == 0 else { throw Refusal.compiler(Self.text(place + "/errors")) }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: place)
    }

    /// Why nothing could be run.
    public enum Refusal: Error {
        /// The library could not be built: what the compiler says.
        case compiler(String)
    }

    /// Runs a program until a run ends untouched, each time in a new folder, which is its working directory.
    /// - Parameters:
    ///   - calls: Which calls go wrong; all by default.
    ///   - prepare: Fills the folder before the run.
    ///   - check: Sees what is left.
    /// - Returns: How many calls went wrong.
    @discardableResult
    public func strike(
        _ fault: Fault, at calls: some Sequence<Int> = 1..., running command: [String],
        environment: [String: String] = [:], prepare: (String) throws -> Void = { _ in },
        check: (Run) throws -> Void
    ) throws -> Int {
        var count = 0
        for call in calls {
            let folder = try Self.makeFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try prepare(folder)
            let run = try run(command, environment, fault, call, folder)
            try check(run)
            guard run.struck != nil else { break }
            count += 1
        }
        return count
    }

    private func run(
        _ command: [String], _ environment: [String: String], _ fault: Fault, _ call: Int, _ folder: String
    ) throws -> Run {
        let report = place + "/report"
        try? FileManager.default.removeItem(atPath: report)
        let faults = [
            "LD_PRELOAD": library, "TERN_FAULT": "\(fault.rawValue):\(call)", "TERN_FAULT_DIR": folder,
            "TERN_FAULT_REPORT": report,
        ]
        var program = Program(command, in: folder)
        program.environment = environment.merging(faults) { $1 }
        program.output = place + "/output"
        program.errors = place + "/errors"
        let status = try program.run()
        return Run(
            call: call, struck: FileManager.default.fileExists(atPath: report) ? Self.text(report) : nil,
            status: status,
            output: Self.text(place + "/output"), errors: Self.text(place + "/errors"), folder: folder)
    }

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }

    private static func makeFolder() throws -> String {
        // What is durable is decided by the faults, so memory does, where synchronising costs nothing. They compare paths,
        // so there is no symbolic link in this one.
        let memory = "/dev/shm"
        let above =
            FileManager.default.isWritableFile(atPath: memory)
            ? memory : FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
        let folder = above + "/tern-crash-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        return folder
    }
}
