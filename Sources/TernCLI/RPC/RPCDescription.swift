// Owns how the methods are described to programs (OpenRPC 1.3). It must not know how they are called.

internal import TernJSON

/// The methods as a document, which `rpc.discover` gives and docs/rpc.json holds.
struct RPCDescription {
    private let methods: [RPCMethod]

    init(_ methods: [RPCMethod]) {
        self.methods = methods.sorted { $0.name < $1.name }
    }

    var document: JSONValue {
        [
            "openrpc": "1.3.2",
            "info": [
                "title": "tern rpc", "version": .string(ProgramVersion.number),
                "description": .string(RPCDescription.manners),
            ],
            "methods": .array(methods.map(method) + RPCOwnMethod.allCases.map(\.description)),
            "x-requests": RPCReturnCalls.requests, "x-notifications": RPCReturnCalls.notifications,
        ]
    }

    private static let manners = """
        JSON-RPC 2.0, a value a line. Calls of one caller are done one after the other. A result holds what the command \
        prints, each object as its schema in docs/schema says. An error's code is -32000 less the exit code, and its data is \
        the command's error object, with the output that came before it. A caller may be called back: who attaches as the         network of an account gets the requests of x-requests, who subscribes the notifications of x-notifications. Of \
        'messages' each has an object of its own in the output, errors among them, and 'exit' is the code of the first. What \
        decrypt and outbox.take give is kept until the answer has been read.
        """

    private func method(_ method: RPCMethod) -> JSONValue {
        [
            "name": .string(method.name), "summary": .string(method.summary), "paramStructure": "by-name",
            "params": .array(
                method.parameters.map { parameter in
                    [
                        "name": .string(parameter.name), "summary": .string(parameter.summary),
                        "required": .boolean(!parameter.isOptional), "schema": RPCDescription.schema(parameter),
                    ]
                }),
            "result": [
                "name": "outcome",
                "schema": [
                    "type": "object", "required": ["output"],
                    "properties": ["output": ["type": "array", "items": ["type": "object"]]],
                ],
            ],
        ]
    }

    private static func schema(_ parameter: RPCMethod.Parameter) -> JSONValue {
        switch parameter.form {
        case .flag: return ["type": "boolean"]
        case .input: return ["type": "string"]
        case .lines: return ["type": "array", "items": ["type": "object"]]
        case .option, .positional:
            let one: JSONValue =
                parameter.choices.isEmpty
                ? ["type": ["string", "number"]] : ["enum": .array(parameter.choices.map { .string($0) })]
            return parameter.isRepeating ? ["oneOf": [one, ["type": "array", "items": one]]] : one
        }
    }
}
