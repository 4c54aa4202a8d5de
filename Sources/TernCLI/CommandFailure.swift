// Owns what ends a command: a kind of failure with its exit code, a message, and a hint where there is one.

internal import TernInput
internal import TernJSON

/// Why a command did not do what it was asked to.
struct CommandFailure: Error, Equatable {
    /// What kind of failure it is.
    let code: ErrorCode
    /// What is wrong: lower case, no full stop.
    let message: String
    /// What could be done about it.
    let hint: String?

    init(_ code: ErrorCode, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// The exit code.
    var status: ExitStatus { code.status }

    /// The object for programs; `line` is that of the input, where there are several.
    func object(line: Int?) -> JSONObject {
        var object = JSONObject()
        object["v"] = 1
        object["type"] = "error"
        if let line { object["line"] = .number(String(line)) }
        object["code"] = .string(code.rawValue)
        object["exit"] = .number(String(status.rawValue))
        object["message"] = .string(message)
        if let hint { object["hint"] = .string(hint) }
        return object
    }
}

extension CommandFailure {
    /// An input that gives no bytes: a wrong name is a mistake of usage.
    init(_ error: InputError) {
        let code: ErrorCode =
            switch error.reason {
            case .notFound, .notFile: .usage
            case .unreadable: .storage
            case .abandoned: .interrupted
            case .tooLarge, .lineTooLong: .limitExceeded
            }
        self.init(code, error.text)
    }
}

/// The parser's messages in the manner of this command.
enum UsageMessage {
    /// Lower case, no full stop, one line.
    static func text(of message: String) -> String {
        let lines = message.split(separator: "\n").map(String.init)
        var line = lines.first ?? "wrong usage"
        // a list of what would be right
        let choices = lines.dropFirst().prefix { $0.hasPrefix("  - ") }.map { $0.dropFirst(4) }
        if line.hasSuffix(":") { line += " " + choices.joined(separator: ", ") }
        while line.hasSuffix(".") { line.removeLast() }
        return line.split(separator: ". ").map { $0.prefix(1).lowercased() + $0.dropFirst() }.joined(separator: "; ")
    }
}
