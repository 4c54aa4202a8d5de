// Owns what a line of `tern otr pipe` asks for. It must not know how it is done.

internal import TernCore
internal import TernCrypto
internal import TernJSON
internal import TernOTR

/// A line of `tern otr pipe`.
struct OTRPipeRequest {
    let request: OTRRequest
    let peer: JID
    /// The caller's own name for it.
    let id: String?

    /// What can be asked for, and what goes with it.
    private static let members: [String: Set<String>] = [
        "start": [], "say": ["text"], "receive": ["stanza", "body"], "verify": ["secret", "question"],
        "answer": ["secret"], "abort": [], "extraKey": ["use", "data"], "end": [],
    ]

    /// - Throws: `usage` for what is not known, `malformed`.
    init(_ line: JSONObject, of account: BareJID) throws(CommandFailure) {
        let kind = line["do"]?.string ?? ""
        guard let known = OTRPipeRequest.members[kind] else {
            let names = OTRPipeRequest.members.keys.sorted().joined(separator: ", ")
            throw CommandFailure(.usage, "'do' is one of \(names)")
        }
        for name in line.names where !known.union(["do", "peer", "id"]).contains(name) {
            throw CommandFailure(.usage, "'\(name)' does not go with '\(kind)'")
        }
        id = try OTRPipeRequest.text("id", in: line)
        var sender: JID?
        if let text = try OTRPipeRequest.text("peer", in: line) {
            guard let jid = try? GlobalOptions.fullAddress(text) else {
                throw CommandFailure(.usage, "'peer' is the address of one program, with its resource")
            }
            sender = jid
        }
        if kind == "receive" {
            let (stanza, body) = (
                try OTRPipeRequest.text("stanza", in: line), try OTRPipeRequest.text("body", in: line)
            )
            guard let text = stanza ?? body, stanza == nil || body == nil, stanza == nil || text.hasPrefix("<") else {
                throw CommandFailure(.usage, "'receive' takes a 'stanza', or a 'body' and its 'peer'")
            }
            // a body may begin with anything
            guard let sender, body != nil else {
                let message = try OTRMessage(text, from: sender)
                (peer, request) = (message.sender, .receive(message.incoming(account)))
                return
            }
            (peer, request) = (sender, .receive(Incoming(.body(text), from: sender, to: JID(account))))
            return
        }
        guard let sender else { throw CommandFailure(.usage, "'peer' is missing: with whom?") }
        peer = sender
        switch kind {
        case "start": request = .start
        case "say": request = .say(try OTRPipeRequest.needed("text", in: line))
        case "verify":
            request = .verify(
                try OTRPipeRequest.secret(in: line), question: try OTRPipeRequest.text("question", in: line))
        case "answer": request = .answer(try OTRPipeRequest.secret(in: line))
        case "abort": request = .abortVerification
        case "extraKey":
            guard let number = line["use"]?.integer, let use = UInt32(exactly: number) else {
                throw CommandFailure(.usage, "'use' is a number from 0 to 4294967295")
            }
            let data = try OTRPipeRequest.text("data", in: line) ?? ""
            guard let bytes = try? Base64.decode(data) else {
                throw CommandFailure(.malformed, "'data' is no base64")
            }
            request = .extraKey(use: use, data: bytes)
        default: request = .end
        }
    }

    private static func secret(in line: JSONObject) throws(CommandFailure) -> SharedSecret {
        SharedSecret(copying: Array(try needed("secret", in: line).utf8))
    }

    private static func needed(_ name: String, in line: JSONObject) throws(CommandFailure) -> String {
        guard let text = try text(name, in: line) else { throw CommandFailure(.usage, "'\(name)' is missing") }
        return text
    }

    private static func text(_ name: String, in line: JSONObject) throws(CommandFailure) -> String? {
        guard let value = line[name] else { return nil }
        guard let text = value.string else { throw CommandFailure(.usage, "'\(name)' is no string") }
        return text
    }
}
