// Owns how a run is told: a line a file for a person, an object a case for a program, a summary, and the exit code.

internal import TernJSON
internal import TernVectors

/// The report of a run.
struct RunReport {
    private let console: Console
    private var summary = RunSummary()
    private var ofFile = RunSummary()
    /// Without files that could not be read: what is wrong with those has been told.
    private var failedCases = 0
    /// The first fault's, when nothing but faults is wrong.
    private var status = ExitStatus.success

    init(_ console: Console) {
        self.console = console
    }

    /// Counts a file that could not be read as one failed case.
    mutating func add(_ fault: LoadFault) {
        summary.countFile()
        if fault.failure.status == .vectorFailed || status == .success { status = fault.failure.status }
        let result = CaseResult(fault: fault.fault)
        summary.count(result.outcome)
        if console.json { console.print(RunReport.object(of: result)) }
        console.report(fault.failure)
    }

    mutating func begin(_ file: VectorFile) {
        summary.countFile()
        ofFile = RunSummary()
    }

    mutating func add(_ result: CaseResult) {
        summary.count(result.outcome)
        ofFile.count(result.outcome)
        if case .failed = result.outcome {
            failedCases += 1
            status = .vectorFailed
        }
        if console.json {
            console.print(RunReport.object(of: result))
        } else {
            printLine(result)
        }
    }

    func end(_ file: VectorFile) {
        guard !console.json, console.verbosity != .quiet else { return }
        let verdict = ofFile.failed == 0 ? console.paint("ok  ", .green) : console.paint("FAIL", .red)
        let count = String(repeating: " ", count: max(0, 5 - String(ofFile.cases).count)) + String(ofFile.cases)
        console.print("\(verdict) \(count)  \(safe(file.path))")
    }

    /// Prints the summary.
    func finish() -> ExitStatus {
        if console.json {
            console.print([
                "v": 1, "type": "summary", "files": .number(String(summary.files)),
                "cases": .number(String(summary.cases)), "passed": .number(String(summary.passed)),
                "failed": .number(String(summary.failed)), "skipped": .number(String(summary.skipped)),
            ])
        } else if console.verbosity != .quiet {
            console.print(
                "\(counted(summary.files, "file")), \(counted(summary.cases, "case")): \(summary.passed) passed, \(summary.failed) failed, "
                    + "\(summary.skipped) skipped")
        }
        if failedCases > 0 {
            console.report(
                CommandFailure(
                    .vectorFailed, "\(failedCases) of \(counted(summary.cases, "case")) failed",
                    hint: "tern vectors explain CASE tells what a case is about"))
        }
        return status
    }

    private func printLine(_ result: CaseResult) {
        switch result.outcome {
        case .passed:
            if console.verbosity == .verbose { console.print("  passed  \(safe(result.id))  \(result.kind.rawValue)") }
        case .skipped(let reason):
            console.print("  \(console.paint("skipped", .yellow)) \(safe(result.id))  \(safe(reason))")
        case .failed(let reason):
            console.print(
                "  \(console.paint("failed", .red))  \(safe(result.id))  \(result.kind.rawValue): \(safe(reason))")
        }
    }

    /// The object of a result, which `vectors explain` shares.
    static func object(of result: CaseResult) -> JSONValue {
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "case"
        object["file"] = .string(result.file)
        object["id"] = .string(result.id)
        object["kind"] = .string(result.kind.rawValue)
        switch result.outcome {
        case .passed: object["result"] = "passed"
        case .failed(let reason):
            object["result"] = "failed"
            object["reason"] = .string(reason)
        case .skipped(let reason):
            object["result"] = "skipped"
            object["reason"] = .string(reason)
        }
        return .object(object)
    }
}

/// A number with its noun: "1 file", "2 files".
func counted(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
}
