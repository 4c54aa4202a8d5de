// Owns the manual page, made of the parser's own description of the commands, so that it cannot be out of date.

internal import TernJSON

/// A page in the macros of man(7).
struct ManualPage {
    private let root: JSONValue

    /// - Parameter root: The root command as the parser describes it.
    init(_ root: JSONValue) {
        self.root = root
    }

    var text: String {
        var lines = [".TH TERN 1 \"\" \"tern \(ProgramVersion.number)\" \"User Commands\"", ".SH NAME"]
        lines.append("tern \\- \(ManualPage.escaped(root.object?["abstract"]?.string ?? ""))")
        lines += [".SH SYNOPSIS", ".B tern", "[options] command [arguments]", ".SH DESCRIPTION"]
        lines += ManualPage.paragraphs(root.object?["discussion"]?.string ?? "")
        lines.append(".SH OPTIONS")
        lines += arguments(of: root)
        lines.append(".SH COMMANDS")
        lines += commands(below: root, path: "tern")
        lines.append(".SH EXIT STATUS")
        for status in ExitStatus.allCases {
            let words = status.codes.map(\.rawValue).joined(separator: ", ")
            lines += [".TP", ".B \(status.rawValue)", ManualPage.escaped(status.meaning)]
            if !words.isEmpty { lines.append("(\(words))") }
        }
        lines += [
            ".TP", ".B 141",
            "ended by SIGPIPE without a message, since nobody reads the output any more; this is how a shell tells it",
            ".PP", "The words in brackets are what an error object has as its code.",
        ]
        lines += [
            ".SH ENVIRONMENT", ".TP", ".B TERN_STORE", "the folder of the store, where \\-\\-store is not given",
            ".TP", ".B XDG_DATA_HOME", "the store is the folder tern in it; without it, in ~/.local/share",
            ".TP", ".B NO_COLOR", "when set and not empty, output is not coloured by itself",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    private func commands(below command: JSONValue, path: String) -> [String] {
        var lines: [String] = []
        for child in command.object?["subcommands"]?.array ?? [] {
            guard let name = child.object?["commandName"]?.string, name != "help" else { continue }
            let childPath = path + " " + name
            let children = commands(below: child, path: childPath)
            if children.isEmpty {
                lines.append(".SS \(ManualPage.escaped(childPath))")
                lines.append(ManualPage.escaped(child.object?["abstract"]?.string ?? ""))
                lines += arguments(of: child)
                lines += ManualPage.paragraphs(child.object?["discussion"]?.string ?? "")
            }
            lines += children
        }
        return lines
    }

    /// A command's own arguments; the options that every command has are told once.
    private func arguments(of command: JSONValue) -> [String] {
        let shared = command == root ? [] : Set((root.object?["arguments"]?.array ?? []).map(ManualPage.title))
        var lines: [String] = []
        for argument in command.object?["arguments"]?.array ?? [] {
            let title = ManualPage.title(argument)
            guard !shared.contains(title) else { continue }
            let help = argument.object?["abstract"]?.string ?? ""
            lines += [".TP", ".B \(ManualPage.escaped(title))", ManualPage.escaped(help)]
        }
        return lines
    }

    private static func title(_ argument: JSONValue) -> String {
        let value = argument.object?["valueName"]?.string ?? ""
        if argument.object?["kind"] == "positional" { return value.uppercased() }
        let names = (argument.object?["names"]?.array ?? []).compactMap { name -> String? in
            guard let text = name.object?["name"]?.string else { return nil }
            return (name.object?["kind"] == "short" ? "-" : "--") + text
        }
        return names.joined(separator: ", ") + (argument.object?["kind"] == "option" ? " \(value)" : "")
    }

    /// Indented lines are examples and stay as they are.
    private static func paragraphs(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line -> [String] in
            if line.isEmpty { return [".PP"] }
            return line.hasPrefix(" ") ? [".nf", escaped(String(line)), ".fi"] : [".PP", escaped(String(line))]
        }
    }

    /// A dash is a hyphen to troff, a backslash and a leading full stop are commands.
    private static func escaped(_ text: String) -> String {
        let escaped = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
        return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
    }
}
