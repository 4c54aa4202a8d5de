// Owns asking a person at the terminal whether something is really meant. It must not know what it is.

internal import Glibc
internal import TernInput

/// A question whose answer may be seen.
enum Confirmation {
    /// Asks, and gives the line that was typed; nil where there is nobody to ask.
    static func ask(_ question: String, terminal: String = "/dev/tty") -> String? {
        let descriptor = unsafe open(terminal, O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard isatty(descriptor) == 1 else { return nil }
        let text = Array("\(safe(question)): ".utf8)
        _ = unsafe text.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
        // A terminal gives one line at a time.
        var line = [UInt8](repeating: 0, count: longest)
        let count = unsafe read(descriptor, &line, longest)
        guard count > 0 else { return "" }
        return String(decoding: line[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    /// Goes on only where a person has said yes.
    /// - Parameters:
    ///   - warning: What follows from it.
    ///   - nothing: What to say where the answer is another.
    ///   - mayAsk: Whether there may be somebody to ask.
    /// - Throws: `usage` where nobody has said yes.
    static func require(_ warning: String, otherwise nothing: String, mayAsk: Bool) throws(CommandFailure) {
        let answer = mayAsk ? ask("\(warning); type yes to do it") : nil
        guard answer == "yes" else {
            throw CommandFailure(
                .usage, answer == nil ? warning : nothing, hint: "add --yes if that is what you want")
        }
    }

    /// Longer than any answer.
    private static let longest = 256
}
