// Owns what is asked of `tern decrypt`: which stanza, from whom, through which room. It must not know how it is decrypted.

internal import TernCore
internal import TernJSON
internal import TernOMEMO
internal import TernXML

/// Where a stanza came from, as the caller knows it.
struct Delivery {
    /// Who sent it, where the stanza does not say it, or to hold the stanza against.
    var from: BareJID?
    /// The room that it came through.
    var room: BareJID?
    /// Whether it comes from an archive.
    var isArchived: Bool
}

/// One message to decrypt.
struct DecryptRequest {
    /// The message.
    let incoming: Incoming
    /// It in each version that it came in.
    let messages: [EncryptedMessage]

    /// Reads XML.
    /// - Throws: `malformed` for what is none, `limitExceeded`.
    static func element(_ stanza: [UInt8]) throws(CommandFailure) -> Element {
        do throws(XMLError) { return try XMLParser.parse(stanza) } catch { throw CommandFailure(error) }
    }

    /// Reads a `<message>`, or a bare `<encrypted>`.
    /// - Throws: `malformed` for what is no message, `unsupported` for one in no scheme that can be read,
    ///   `unauthentic` where the stanza names another sender than the caller, `usage` where nobody names one.
    init(_ element: Element, _ delivery: Delivery, own: BareJID) throws(CommandFailure) {
        guard element.name != "encrypted" else {
            guard let from = delivery.from ?? delivery.room else {
                throw CommandFailure(.usage, "a bare element does not say who sent it", hint: "add --from JID")
            }
            messages = [try DecryptRequest.reading { () throws(SessionError) in try EncryptedMessage(element) }]
            incoming = DecryptRequest.incoming(element, from: from, to: own, id: nil, delivery)
            return
        }
        let message = try DecryptRequest.reading { () throws(SessionError) in try MessageStanza(element) }
        let sender = try DecryptRequest.sender(message, delivery)
        messages = message.encrypted
        incoming = DecryptRequest.incoming(
            element, from: sender, to: message.to?.bare ?? own, id: message.id, delivery)
    }

    private static func reading<Value>(_ body: () throws(SessionError) -> Value) throws(CommandFailure) -> Value {
        do throws(SessionError) {
            return try body()
        } catch .unsupported {
            throw CommandFailure(
                .unsupported, "this is no message that is encrypted with OMEMO, or one that came back as an error",
                hint: "it should be a <message> with <encrypted> in it, or an <encrypted> and --from JID")
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Takes a line: `{"stanza":"<message…>"}`, and perhaps `from`, `room` and `archive`.
    init(_ line: JSONObject, _ options: Delivery, own: BareJID) throws(CommandFailure) {
        let known = ["stanza", "from", "room", "archive"]
        if let stranger = line.names.first(where: { !known.contains($0) }) {
            throw CommandFailure(
                .malformed, "'\(stranger)' is not known here", hint: "known are \(known.joined(separator: ", "))")
        }
        guard let stanza = line["stanza"]?.string else {
            throw CommandFailure(.malformed, "'stanza' is missing or no string")
        }
        var delivery = options
        if let from = try DecryptRequest.address("from", line) { delivery.from = from }
        if let room = try DecryptRequest.address("room", line) { delivery.room = room }
        if let archive = line["archive"] {
            guard let flag = archive.boolean else { throw CommandFailure(.malformed, "'archive' is no boolean") }
            delivery.isArchived = flag
        }
        try self.init(try DecryptRequest.element(Array(stanza.utf8)), delivery, own: own)
    }

    private static func address(_ name: String, _ line: JSONObject) throws(CommandFailure) -> BareJID? {
        guard let value = line[name] else { return nil }
        guard let text = value.string, let jid = try? BareJID(text) else {
            throw CommandFailure(.malformed, "'\(name)' is no address like you@example.org")
        }
        return jid
    }

    /// Who sent a stanza. What the stanza says and what the caller says must not differ.
    private static func sender(_ message: MessageStanza, _ delivery: Delivery) throws(CommandFailure) -> BareJID {
        let said = message.from?.bare
        if let room = delivery.room {
            guard said == nil || said == room else {
                throw CommandFailure(.unauthentic, "the stanza does not come from the room")
            }
            // Where nobody knows whose occupant it was, the members' devices tell.
            return delivery.from ?? room
        }
        guard message.kind != .groupchat else {
            throw CommandFailure(
                .usage, "this came through a room",
                hint: "add --room JID, and --from JID where the sender's account is known")
        }
        guard let sender = delivery.from ?? said else {
            throw CommandFailure(.usage, "the stanza does not say who sent it", hint: "add --from JID")
        }
        guard said == nil || said == sender else {
            throw CommandFailure(.unauthentic, "the stanza names another sender than --from")
        }
        return sender
    }

    private static func incoming(
        _ element: Element, from: BareJID, to: BareJID, id: String?, _ delivery: Delivery
    ) -> Incoming {
        Incoming(
            .element(element), from: JID(from), to: JID(to), room: delivery.room, id: id,
            origin: delivery.isArchived ? .archive : .live)
    }
}

extension CommandFailure {
    /// XML that is none, or not the kind that travels.
    init(_ error: XMLError) {
        switch error {
        case .limitExceeded: self.init(.limitExceeded, "the XML is larger or deeper than any stanza")
        case .backend: self.init(.internalError, "the XML parser refuses")
        case .forbidden:
            self.init(.malformed, "document types, comments and processing instructions have no place in XMPP")
        case .unfinished: self.init(.malformed, "the XML ends too early")
        case .malformed(_, let offset): self.init(.malformed, "this is not XML, at byte \(offset)")
        case .closed, .invalidName, .forbiddenCharacter: self.init(.malformed, "this is not XML")
        }
    }
}
