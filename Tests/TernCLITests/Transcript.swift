// Owns the transcripts: commands, and what has to come of each. It must not know what the commands do.
//
// `$ ` starts a command line. What follows is its standard output; lines after `! ` are standard error, and `? 2` is the
// exit code, 0 where it is left out. A line `...` stands for any lines, and `…` within a line for any text; `‹fingerprint›`,
// `‹time›` and `‹version›` for one of these. Lines after `# ` before a command are comments. Each file has a folder of its own,
// which `$T` names.

import Foundation

/// A command line of a transcript with what has to come of it.
struct Exchange {
    let line: String
    var output: [String] = []
    var errors: [String] = []
    var status: Int32 = 0

    /// The exchanges of a file.
    static func read(_ text: String) -> [Exchange] {
        var exchanges: [Exchange] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("$ ") {
                exchanges.append(Exchange(line: String(line.dropFirst(2))))
            } else if let last = exchanges.indices.last, !line.isEmpty, !line.hasPrefix("# ") {
                if line.hasPrefix("! ") {
                    exchanges[last].errors.append(String(line.dropFirst(2)))
                } else if line.hasPrefix("? ") {
                    exchanges[last].status = Int32(line.dropFirst(2)) ?? -1
                } else {
                    exchanges[last].output.append(line)
                }
            }
        }
        return exchanges
    }

    /// Whether lines are those of a pattern, in which `...` stands for any lines.
    static func fits(_ lines: ArraySlice<Substring>, _ pattern: ArraySlice<String>) -> Bool {
        guard let first = pattern.first else { return lines.isEmpty }
        if first == "..." {
            return (lines.startIndex...lines.endIndex).contains { fits(lines[$0...], pattern.dropFirst()) }
        }
        guard let line = lines.first, fits(line, first) else { return false }
        return fits(lines.dropFirst(), pattern.dropFirst())
    }

    /// Whether a line is that of a pattern.
    private static func fits(_ line: Substring, _ pattern: String) -> Bool {
        var expression = NSRegularExpression.escapedPattern(for: pattern)
        for (name, shape) in places { expression = expression.replacing(name, with: shape) }
        return line.range(of: "\\A(?:\(expression))\\z", options: .regularExpression) != nil
    }

    /// What stands for what differs from run to run.
    private static let places = [
        ("…", ".*"), ("‹fingerprint›", "(?:[0-9a-f]{8} ){7}[0-9a-f]{8}"),
        ("‹time›", #"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"#), ("‹version›", #"\d+(?:\.\d+)+"#),
    ]
}
