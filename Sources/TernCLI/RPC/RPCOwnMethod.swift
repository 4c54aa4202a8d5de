// Owns the methods that are about the calls themselves, and what a caller is asked and told in return. It must not know the
// commands.

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

/// What a caller is asked and told, for the description.
enum RPCReturnCalls {
    /// Requests to a caller who is an account's network.
    static let requests: JSONValue = [
        [
            "name": "network.fetch",
            "summary": .string(
                "Fetch what a node of PubSub holds (XEP-0060 §6.5). That it does not exist is the result absent; an error, "
                    + "no answer within half a minute and a lost connection are failures, and say nothing about the node."
            ),
            "params": [
                "account": "for whom", "jid": "whose node", "node": "its name",
                "item": "the one item that is meant, where one is",
            ],
            "result": [
                "oneOf": [
                    [
                        "type": "object", "required": ["items"],
                        "properties": [
                            "items": [
                                "type": "array",
                                "items": [
                                    "type": "object", "required": ["payload"],
                                    "properties": ["id": ["type": "string"], "payload": ["type": "string"]],
                                ],
                            ]
                        ],
                    ],
                    ["type": "object", "required": ["absent"], "properties": ["absent": ["const": true]]],
                ]
            ],
        ],
        [
            "name": "network.publish", "summary": "Publish an item (XEP-0060 §7.1).",
            "params": [
                "account": "for whom", "node": "the node's name", "item": "the item's, always there",
                "payload": "what, as XML",
                "access": "everybody or owner", "stanza": "all of it as an iq to send",
            ],
            "result": done,
        ],
        [
            "name": "network.send", "summary": "Send a message.",
            "params": ["account": "for whom", "stanza": "a message to send"], "result": done,
        ],
        [
            "name": "network.work",
            "summary":
                "Whether something may be computed now; asked of who attached with work. It is computed in tern.",
            "params": ["account": "for whom", "kind": "what"],
            "result": ["type": "object", "required": ["run"], "properties": ["run": ["type": "boolean"]]],
        ],
    ]

    private static let done: JSONValue = [
        "type": "object", "required": ["done"], "properties": ["done": ["type": "boolean"]],
    ]

    static let notifications: JSONValue = [
        ["name": "event", "topic": "events", "summary": "Something happened; params as docs/schema/event.json says."],
        ["name": "needs", "topic": "needs", "summary": "Somebody has to fetch nodes, and no caller is the network."],
        [
            "name": "outbox", "topic": "needs",
            "summary": "So many things wait in the outbox, and no caller is the network.",
        ],
        ["name": "progress", "topic": "progress", "summary": "How far a call of this caller is; id is the call's."],
        ["name": "lost", "summary": "So many notifications were lost, since the caller read too slowly."],
    ]
}
