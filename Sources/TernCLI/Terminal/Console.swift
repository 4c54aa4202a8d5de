// Owns the manners: data on standard output, everything else on standard error, colours, escapes, JSON.
// It must not know any command.

internal import Glibc
internal import TernCore
internal import TernJSON

/// Where a command prints.
final class Console {
    /// Whether programs read along: one JSON object a line.
    let json: Bool
    /// How much is wanted; nil is neither little nor much.
    let verbosity: Verbosity?
    /// How progress is shown.
    let progress: ProgressChoice
    private let color: ColorChoice
    /// What is around the command.
    let workplace: Workplace

    private var output: OutputStream { workplace.output }
    private var errors: OutputStream { workplace.errors }

    init(_ options: GlobalOptions, in workplace: Workplace) {
        self.workplace = workplace
        json = options.json
        verbosity = options.verbosity
        progress = options.progress
        color = options.color
    }

    /// For what fails before the options are known.
    init(json: Bool, in workplace: Workplace) {
        self.workplace = workplace
        self.json = json
        verbosity = nil
        progress = .none
        color = .auto
    }

    /// Prints a line of data in text form. What comes from files goes through ``safe(_:)`` first.
    func print(_ line: String) {
        output.write(line + "\n")
    }

    /// Prints a line of data in JSON form.
    func print(_ object: JSONValue) {
        output.write(object.text + "\n")
    }

    /// Prints a text of our own that may have many lines.
    func print(verbatim text: String) {
        output.write(text.hasSuffix("\n") ? text : text + "\n")
    }

    /// Writes bytes that are data themselves.
    func print(_ bytes: [UInt8]) {
        output.write(bytes)
    }

    /// Writes bytes that are data themselves, and tells at once where that fails: for data that has no end in sight.
    func print(_ bytes: Span<UInt8>) throws(CommandFailure) {
        output.write(bytes)
        try output.finish()
    }

    /// Tells what is wrong, on standard error. A key that somebody took for an argument is not repeated.
    /// - Parameter details: What programs are told beside it.
    func report(_ failure: CommandFailure, _ details: JSONObject = JSONObject()) {
        let failure = CommandFailure(
            failure.code, withoutMediaKeys(failure.message), hint: failure.hint.map(withoutMediaKeys))
        if json {
            var object = failure.object(line: nil)
            for name in details.names { object[name] = details[name] }
            errors.write(JSONValue.object(object).text + "\n")
        } else {
            let isColored = colors(errors)
            errors.write("tern: \(isColored ? "\u{1b}[31merror\u{1b}[0m" : "error"): \(safe(failure.message))\n")
            if let hint = failure.hint { errors.write("tern: hint: \(safe(hint))\n") }
        }
    }

    /// Draws on standard error, for progress.
    func draw(_ text: String) {
        errors.write(text)
    }

    /// Whether data goes to a terminal.
    var isTerminal: Bool { output.isTerminal }

    /// Whether a person sees what is drawn.
    var canDraw: Bool { errors.isTerminal && !json && verbosity != .quiet }

    /// Whether data is coloured.
    var isColored: Bool { colors(output) }

    /// The text in a colour, where colours are wanted.
    func paint(_ text: String, _ color: Color) -> String {
        colors(output) ? "\u{1b}[\(color.rawValue)m\(text)\u{1b}[0m" : text
    }

    /// Colours by their number in an escape sequence.
    enum Color: Int {
        case red = 31
        case green = 32
        case yellow = 33
    }

    /// A place where nothing is half done.
    /// - Throws: `interrupted` where whoever called has taken that back, `limitExceeded` where they would get more than can
    ///   be held for them.
    func pause() throws(CommandFailure) {
        guard !Task.isCancelled else { throw CommandFailure(.interrupted, "taken back; what was done before is done") }
        guard !output.isFull else {
            throw CommandFailure(
                .limitExceeded, "more would come of this than one answer holds; what was done before is done",
                hint: "ask for less at once")
        }
    }

    /// Ends the output.
    func finish() throws(CommandFailure) {
        try output.finish()
    }

    /// Ends the output so that it outlasts the power: before the store forgets what was printed.
    func settle() throws(CommandFailure) {
        output.synchronise()
        try output.finish()
    }

    /// Does what may be done once the output is with whoever asked: before that the store forgets nothing of it.
    func whenDelivered(
        _ action: @escaping @Sendable () async throws(SessionError) -> Void
    ) async throws(CommandFailure) {
        try settle()
        guard let delivery = workplace.delivery else {
            do throws(SessionError) { return try await action() } catch { throw CommandFailure(error) }
        }
        // What cannot be forgotten comes again.
        delivery.add { try? await action() }
    }

    /// By https://no-color.org, an empty variable is as good as none.
    private func colors(_ stream: OutputStream) -> Bool {
        switch color {
        case .always: true
        case .never: false
        case .auto: stream.isTerminal && workplace.environment("NO_COLOR") == nil
        }
    }

}

/// A text without the keys of media links: runs of as many hexadecimal digits as these have and nothing else.
func withoutMediaKeys(_ text: String) -> String {
    var output = ""
    for run in text.split(omittingEmptySubsequences: false, whereSeparator: { !$0.isHexDigit }) {
        if run.startIndex > text.startIndex { output.append(text[text.index(before: run.startIndex)]) }
        output += run.count < shortestMediaKey ? run : "…"
    }
    return output
}

/// 12 bytes of a nonce and 32 of a key, two digits each.
private let shortestMediaKey = 88

/// A text with everything escaped that a terminal would act on.
func safe(_ text: String) -> String {
    var output = ""
    for scalar in text.unicodeScalars {
        if Unicode.Scalar.bytesAsScalars.contains(scalar.value) {
            // a byte of a name that is not UTF-8
            output += "\\x\(String(scalar.value & 0xff, radix: 16))"
        } else if scalar.isUnsafeOnTerminal {
            output += "\\u{\(String(scalar.value, radix: 16))}"
        } else {
            output.unicodeScalars.append(scalar)
        }
    }
    return output
}
