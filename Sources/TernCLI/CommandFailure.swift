// Owns what ends a command: an exit code, a message, and a hint where there is one.

/// Why a command did not do what it was asked to.
struct CommandFailure: Error, Equatable {
    /// The exit code.
    let status: ExitStatus
    /// What is wrong: lower case, no full stop.
    let message: String
    /// What could be done about it.
    let hint: String?

    init(_ status: ExitStatus, _ message: String, hint: String? = nil) {
        self.status = status
        self.message = message
        self.hint = hint
    }
}

/// The parser's messages in the manner of this command.
enum UsageMessage {
    /// Lower case, no full stop, one line.
    static func text(of message: String) -> String {
        var line = message.split(separator: "\n").first.map(String.init) ?? "wrong usage"
        while line.hasSuffix(".") { line.removeLast() }
        return line.split(separator: ". ").map { $0.prefix(1).lowercased() + $0.dropFirst() }.joined(separator: "; ")
    }
}
