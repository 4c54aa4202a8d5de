// Owns the sum of all checks, for programs. It must not know what was checked.

internal import TernJSON

/// What all checks gave.
struct Diagnosis {
    private let checks: [DoctorCheck]
    private let status: ExitStatus

    /// - Parameter status: The exit code of the first that failed.
    init(_ checks: [DoctorCheck], _ status: ExitStatus) {
        self.checks = checks
        self.status = status
    }

    /// The last line.
    var object: JSONObject {
        let failed = checks.count { $0.failure != nil }
        let warned = checks.count { $0.failure == nil && $0.isWarning }
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "diagnosis"
        object["checks"] = .number(String(checks.count))
        object["ok"] = .number(String(checks.count - failed - warned))
        object["warnings"] = .number(String(warned))
        object["errors"] = .number(String(failed))
        object["exit"] = .number(String(status.rawValue))
        return object
    }
}
