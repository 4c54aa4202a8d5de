// Owns which methods there are and what they take, made of the parser's own description of the commands, so that a method
// cannot say other things than its command. It must not know how a command is run.

internal import TernJSON

/// A command as a method.
struct RPCMethod {
    /// The words of the command with points between them.
    let name: String
    /// What it does.
    let summary: String
    let parameters: [Parameter]
    private let words: [String]

    /// Something that a method takes.
    struct Parameter {
        let name: String
        let summary: String
        let form: Form
        let isRepeating: Bool
        let isOptional: Bool
        /// What can be chosen from, where that is few.
        let choices: [String]

        /// How the command takes it.
        enum Form: Equatable {
            /// With a name that stands before it.
            case option(String)
            /// As a name alone.
            case flag(String)
            /// By its place.
            case positional
            /// On standard input.
            case input
            /// On standard input, an object a line.
            case lines
        }
    }

    /// What a command is given, as if it had been typed.
    struct Invocation {
        private let words: [String]
        private let positionals: [String]
        let input: [UInt8]

        init(_ words: [String], _ positionals: [String], input: [UInt8]) {
            self.words = words
            self.positionals = positionals
            self.input = input
        }

        func arguments(tellingProgress: Bool) -> [String] {
            words + ["--json", "--no-input", "--progress=\(tellingProgress ? "json" : "none")", "--"] + positionals
        }
    }

    /// Commands whose standard input is a parameter, and its name.
    private static let inputs = [
        "encrypt": "text", "decrypt": "stanza", "bundle.import": "items", "file.decrypt": "link", "otr.step": "message",
        "xmpp.send": "text",
    ]
    /// Commands that take many messages at once, and the name that these go by.
    private static let batches = ["encrypt": "messages", "decrypt": "messages", "otr.pipe": "requests"]
    /// What prints no objects, or is a process of its own.
    private static let excluded: Set<String> = ["man", "completions", "rpc", "help", "sop", "listen"]
    /// What makes no sense in a process that holds a store and is asked by another.
    private static let locals: Set<String> = [
        "json-lines", "outbox", "file-passphrase-fd", "link-file", "link-fd",
    ]

    /// The methods, by name.
    /// - Parameter root: The root command as the parser describes it.
    static func all(_ root: JSONValue) -> [String: RPCMethod] {
        let common = Set(arguments(of: root).compactMap(longName))
        var methods: [String: RPCMethod] = [:]
        collect(root, [], common, &methods)
        return methods
    }

    private static func collect(
        _ command: JSONValue, _ words: [String], _ common: Set<String>, _ methods: inout [String: RPCMethod]
    ) {
        for child in command.object?["subcommands"]?.array ?? [] {
            guard let word = child.object?["commandName"]?.string, !excluded.contains(word) else { continue }
            let path = words + [word]
            let children = child.object?["subcommands"]?.array ?? []
            if children.contains(where: { $0.object?["commandName"]?.string != "help" }) {
                collect(child, path, common, &methods)
            } else {
                let method = RPCMethod(child, path, common)
                methods[method.name] = method
            }
        }
    }

    private init(_ command: JSONValue, _ words: [String], _ common: Set<String>) {
        self.words = words
        name = words.joined(separator: ".")
        summary = command.object?["abstract"]?.string ?? ""
        var parameters: [Parameter] = []
        let (input, batch) = (RPCMethod.inputs[name], RPCMethod.batches[name])
        for argument in RPCMethod.arguments(of: command) {
            let isPositional = argument["kind"]?.string == "positional"
            let long = RPCMethod.longName(argument)
            if let long, common.contains(long) || RPCMethod.locals.contains(long) || long == "help" || long == "version"
            {
                continue
            }
            // the file that input comes from otherwise
            if isPositional, input != nil, argument["valueName"]?.string == "file" { continue }
            guard let word = isPositional ? argument["valueName"]?.string : long else { continue }
            parameters.append(
                Parameter(
                    name: RPCMethod.camelCase(word), summary: argument["abstract"]?.string ?? "",
                    form: isPositional
                        ? .positional : argument["kind"]?.string == "flag" ? .flag("--" + word) : .option("--" + word),
                    isRepeating: argument["isRepeating"]?.boolean ?? false,
                    isOptional: argument["isOptional"]?.boolean ?? false,
                    choices: argument["allValues"]?.array?.compactMap(\.string) ?? []))
        }
        if let input {
            parameters.append(
                Parameter(
                    name: input, summary: "What the command reads from its standard input.", form: .input,
                    isRepeating: false, isOptional: batch != nil, choices: []))
        }
        if let batch {
            parameters.append(
                Parameter(
                    name: batch, summary: "Many at once, each an object as a line of --json-lines, in place of one.",
                    form: .lines, isRepeating: true, isOptional: true, choices: []))
        }
        parameters.append(
            Parameter(
                name: "account", summary: "The account to act for, where the store has several.",
                form: .option("--account"), isRepeating: false, isOptional: true, choices: []))
        self.parameters = parameters
    }

    /// - Throws: `invalidParameters` for a name that is not known and for values of another kind; what a command makes of
    ///   the values is its own business.
    func invocation(_ given: JSONObject, of id: RPCIdentifier?) throws(RPCFault) -> Invocation {
        var options: [String] = []
        var positionals: [String] = []
        var input: [UInt8] = []
        for member in given.members {
            guard let parameter = parameters.first(where: { $0.name == member.name }) else {
                let known = parameters.map(\.name).joined(separator: ", ")
                throw RPCFault(.invalidParameters, "'\(member.name)' is not known here; known are \(known)", of: id)
            }
            switch parameter.form {
            case .flag(let word):
                guard let isSet = member.value.boolean else { throw fault(parameter, "no boolean", id) }
                if isSet { options.append(word) }
            case .option(let word):
                for text in try texts(member.value, parameter, id) { options.append(word + "=" + text) }
            case .positional: positionals += try texts(member.value, parameter, id)
            case .input:
                guard let text = member.value.string else { throw fault(parameter, "no string", id) }
                input = Array(text.utf8)
            case .lines:
                guard let lines = member.value.array else { throw fault(parameter, "no array", id) }
                options.append("--json-lines")
                for line in lines {
                    guard line.object != nil else { throw fault(parameter, "an array of something but objects", id) }
                    input += Array(line.text.utf8) + [UInt8(ascii: "\n")]
                }
            }
        }
        let alternatives = parameters.filter { [.input, .lines].contains($0.form) }
        guard alternatives.isEmpty || alternatives.count(where: { given[$0.name] != nil }) == 1 else {
            let names = alternatives.map { "'\($0.name)'" }.joined(separator: " or ")
            throw RPCFault(.invalidParameters, "\(names) has to be there, and one alone", of: id)
        }
        return Invocation(words + options, positionals, input: input)
    }

    private func texts(
        _ value: JSONValue, _ parameter: Parameter, _ id: RPCIdentifier?
    ) throws(RPCFault) -> [String] {
        let values = parameter.isRepeating ? value.array ?? [value] : [value]
        var texts: [String] = []
        for value in values {
            switch value {
            case .string(let text): texts.append(text)
            case .number(let digits): texts.append(digits)
            default: throw fault(parameter, "no string and no number", id)
            }
        }
        return texts
    }

    private func fault(_ parameter: Parameter, _ what: String, _ id: RPCIdentifier?) -> RPCFault {
        RPCFault(.invalidParameters, "'\(parameter.name)' is \(what)", of: id)
    }

    private static func arguments(of command: JSONValue) -> [JSONObject] {
        (command.object?["arguments"]?.array ?? []).compactMap(\.object)
    }

    private static func longName(_ argument: JSONObject) -> String? {
        argument["names"]?.array?.compactMap(\.object).first { $0["kind"]?.string == "long" }?["name"]?.string
    }

    /// `lock-timeout` as `lockTimeout`.
    private static func camelCase(_ word: String) -> String {
        let parts = word.split { $0 == "-" || $0 == "|" }
        return (parts.first.map(String.init) ?? "")
            + parts.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}
