// Owns which calls of a command are struck, and how a struck run is spoken of. It must not know what is checked.

import Foundation
import TernTestKit
import Testing

/// A command that is struck at its file calls, those that write its output included.
struct Strike {
    let name: String
    let party: Party
    let arguments: [String]
    /// What the folder holds before.
    let image: Image
    /// Files beside the store, by their names.
    var files: [String: String] = [:]
    /// One call in so many is struck.
    let step: Int
    /// Whether what was printed goes with the power, as in a file. Else somebody has it, as through a pipe.
    var losesOutput = false

    /// A struck run.
    struct Run {
        let fault: CrashPoints.Fault
        let status: Int32
        let output: String
        let folder: String
        let comment: Comment
    }

    /// Runs the command with each fault, at some calls or, with `TERN_CRASH_POINTS=all`, at every one, and until it ends
    /// untouched. `check` sees what is left.
    func run(_ check: (Run) throws -> Void) throws {
        let points = try CrashPoints()
        var counts: [String] = []
        let start = ContinuousClock.now
        for fault in CrashPoints.Fault.allCases {
            let calls = calls(fault)
            let line = isInside(fault) ? #"exec "$@" >>out"# : #"exec "$@""#
            let count = try points.strike(
                fault, at: calls, running: ["/bin/sh", "-c", line, "sh"] + party.command(arguments),
                prepare: { folder in
                    try image.write(to: folder)
                    for (name, text) in files { try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)")) }
                    // the shell makes no file then, so the first call that counts is the command's
                    try Data().write(to: URL(filePath: "\(folder)/out"))
                },
                check: { run in
                    let struck = try Run(run, fault, name, isInside: isInside(fault))
                    // what was left alone says nothing new, unless the power goes after it
                    if run.struck != nil || fault == .unsync { try check(struck) }
                })
            counts.append("\(fault) \(calls.first)+\(calls.step): \(count)")
        }
        let took = start.duration(to: .now).components.seconds
        print("crash points of \(name), first call+step: struck: \(counts.joined(separator: ", ")); \(took) s")
    }

    private func isInside(_ fault: CrashPoints.Fault) -> Bool {
        switch fault {
        case .kill, .short, .fail, .partial, .full: true
        case .loss, .tear, .unsync: losesOutput
        }
    }

    /// Calls at even distances, from a first one that differs by fault and by command.
    private struct Calls: Sequence {
        let first: Int
        let step: Int

        func makeIterator() -> StrideTo<Int>.Iterator { stride(from: first, to: .max, by: step).makeIterator() }
    }

    private func calls(_ fault: CrashPoints.Fault) -> Calls {
        let environment = ProcessInfo.processInfo.environment
        guard environment["TERN_CRASH_POINTS"] != "all" else { return Calls(first: 1, step: 1) }
        // few calls synchronise
        let step = fault == .unsync ? 4 : self.step
        let number = CrashPoints.Fault.allCases.firstIndex(of: fault) ?? 0
        let seed = name.utf8.reduce(number * step / CrashPoints.Fault.allCases.count) { $0 + Int($1) }
        return Calls(first: 1 + seed % step, step: step)
    }
}

extension Strike.Run {
    /// Holds how the process ended against what befell it.
    fileprivate init(_ run: CrashPoints.Run, _ fault: CrashPoints.Fault, _ name: String, isInside: Bool) throws {
        let bytes = FileManager.default.contents(atPath: run.folder + "/out") ?? Data()
        // the first half of a character may be all that was printed of it
        let output = isInside ? String(decoding: bytes, as: UTF8.self) : run.output
        comment = "\(name), \(fault) at \(run.call), \(run.struck ?? "-"): \(run.status) \(output) \(run.errors)"
        (self.fault, status, self.output, folder) = (fault, run.status, output, run.folder)
        guard run.struck != nil else {
            #expect(status == 0, comment)
            return
        }
        switch fault {
        case .kill, .short, .loss, .tear: #expect(status == -9, comment)
        case .fail, .full, .unsync: #expect(status == 0 || status == 16, comment)
        case .partial: #expect(status == 0 || status == 16, comment)
        }
    }
}
