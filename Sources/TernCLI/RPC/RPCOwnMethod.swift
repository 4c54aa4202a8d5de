// Owns the methods that are about the calls themselves. It must not know the commands.

internal import Tern
internal import TernCore
internal import TernJSON

/// A method that is no command.
enum RPCOwnMethod: String, CaseIterable {
    case discover = "rpc.discover"
    case cancel
    case subscribe
    case attach = "network.attach"
    case detach = "network.detach"
    case settle = "network.settle"

    var summary: String {
        switch self {
        case .discover: "Describe all methods."
        case .cancel:
            "Take back a call: one that waits is not done; one that runs ends where nothing is left half done, and what it "
                + "has printed is in the error's data."
        case .subscribe: "Be told of what happens, by notifications. It replaces what was asked for before."
        case .attach:
            "Be the network of an account: from now on this caller is asked to fetch, publish and send for it, also for what "
                + "other callers and commands do. Ends with the connection."
        case .detach: "Be the network of an account no longer."
        case .settle: "Carry out what waits for an account over its network, and tell how much still waits."
        }
    }

    /// Parameters: name, whether it has to be there, schema.
    private var parameters: [(String, Bool, JSONValue)] {
        switch self {
        case .discover: []
        case .cancel: [("id", true, ["type": ["string", "number"]])]
        case .subscribe:
            [
                (
                    "to", true,
                    [
                        "type": "array",
                        "items": ["enum": .array(RPCCaller.Topic.allCases.map { .string($0.rawValue) })],
                    ]
                )
            ]
        case .attach: [("account", false, ["type": "string"]), ("work", false, ["type": "boolean"])]
        case .detach, .settle: [("account", false, ["type": "string"])]
        }
    }

    var description: JSONValue {
        [
            "name": .string(rawValue), "summary": .string(summary), "paramStructure": "by-name",
            "params": .array(
                parameters.map { name, isRequired, schema in
                    ["name": .string(name), "required": .boolean(isRequired), "schema": schema]
                }),
            "result": ["name": "outcome", "schema": ["type": "object"]],
        ]
    }

    /// - Throws: `invalidParameters` for a name that is not known.
    func check(_ request: RPCRequest) throws(RPCFault) {
        let known = parameters.map { $0.0 }
        if let stranger = request.parameters.names.first(where: { !known.contains($0) }) {
            throw RPCFault(
                .invalidParameters, "'\(stranger)' is not known here; known are \(known.joined(separator: ", "))",
                of: request.id)
        }
    }
}
