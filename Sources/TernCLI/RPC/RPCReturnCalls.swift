// Owns how it is described what a caller is asked and told in return. It must not know who asks.

internal import TernJSON

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
            "name": "network.retract",
            "summary": "Take away an item (XEP-0060 §7.2), or a whole node (§8.4). What is not there is done.",
            "params": [
                "account": "for whom", "node": "the node's name", "item": "the item's; none for the whole node",
                "stanza": "all of it as an iq to send",
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
