// Owns what is asked of `tern encrypt`, once on the command line or in each line of JSON. It must not know how it is done.

internal import TernCore
internal import TernJSON
internal import TernOMEMO
internal import TernXML

/// One message to encrypt.
struct EncryptRequest {
    /// What is said, and to whom.
    let draft: Draft
    /// OX or legacy OpenPGP, where it is not OMEMO.
    let openPGP: Scheme?
    /// The stanza's identifier.
    let id: String?

    /// - Throws: `malformed` for an id that a stanza cannot carry: before anything is encrypted.
    init(_ draft: Draft, as openPGP: Scheme? = nil, id: String?) throws(CommandFailure) {
        do throws(XMLError) {
            _ = try Element("message", namespace: "jabber:client", attributes: ["id": id ?? ""]).serialized()
        } catch {
            throw CommandFailure(.malformed, "the id has characters that XML cannot carry")
        }
        self.draft = draft
        self.openPGP = openPGP
        self.id = id
    }

    /// Takes a line: `{"to":["a@b"],"text":"…"}`, and what the options of the command say where the line does not.
    /// - Throws: `malformed` for a name that is not known, a value of another kind, or an address that is none.
    init(_ line: JSONObject, _ command: EncryptCommand) throws(CommandFailure) {
        let known = ["to", "room", "text", "with", "partial", "id"]
        if let stranger = line.names.first(where: { !known.contains($0) }) {
            throw CommandFailure(
                .malformed, "'\(stranger)' is not known here", hint: "known are \(known.joined(separator: ", "))")
        }
        guard let text = line["text"]?.string else {
            throw CommandFailure(.malformed, "'text' is missing or no string")
        }
        var to = command.to.map(\.bare)
        if let value = line["to"] { to = try EncryptRequest.addresses(value) }
        var room = command.room
        if let value = line["room"] {
            guard let one = try EncryptRequest.addresses(value).first else {
                throw CommandFailure(.malformed, "'room' is empty")
            }
            room = one
        }
        var scheme = command.with
        if let value = line["with"] {
            guard let name = value.string, let choice = SchemeChoice(rawValue: name) else {
                throw CommandFailure(.malformed, "'with' names no scheme")
            }
            scheme = choice
        }
        var isPartial = command.partial
        if let value = line["partial"] {
            guard let flag = value.boolean else { throw CommandFailure(.malformed, "'partial' is no boolean") }
            isPartial = flag
        }
        if let value = line["id"] {
            guard let id = value.string, !id.isEmpty else {
                throw CommandFailure(.malformed, "'id' is no string, or empty")
            }
        }
        let draft = Draft(
            try EncryptRequest.content(text), to: to, room: room, versions: try scheme.versions(), isPartial: isPartial)
        try self.init(draft, as: scheme.openPGP, id: line["id"]?.string)
        guard !to.isEmpty || room != nil else { throw CommandFailure(.malformed, "'to' is missing") }
    }

    /// A text that a stanza can carry.
    static func content(_ text: String) throws(CommandFailure) -> Content {
        let length: Int
        do throws(XMLError) {
            length = try Element("body", namespace: "jabber:client", text: text).serialized().utf8.count
        } catch {
            throw CommandFailure(
                .malformed, "the text has characters that XML cannot carry",
                hint: "control characters must not be in it")
        }
        guard length <= EncryptCommand.limit else {
            throw CommandFailure(
                .limitExceeded, "the text is longer than \(EncryptCommand.limit) bytes, as XML writes it",
                hint: "no server lets so much through: send it in parts")
        }
        return .text(text)
    }

    private static func addresses(_ value: JSONValue) throws(CommandFailure) -> [BareJID] {
        let values = value.array ?? [value]
        var addresses: [BareJID] = []
        for each in values {
            guard let text = each.string, let jid = try? BareJID(text) else {
                throw CommandFailure(.malformed, "an address like you@example.org should be where \(each.typeName) is")
            }
            addresses.append(jid)
        }
        return addresses
    }
}
