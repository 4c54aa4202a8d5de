// Owns what is asked of `tern decrypt`: which stanza, from whom, through which room. It must not know how it is decrypted.

internal import TernCore
internal import TernJSON
internal import TernOMEMO
internal import TernPGP
internal import TernXML

/// Where a stanza came from, as the caller knows it.
struct Delivery {
    /// Who sent it, where the stanza does not say it, or to hold the stanza against.
    var from: BareJID?
    /// The room that it came through.
    var room: BareJID?
    /// Whether it comes from an archive.
    var isArchived: Bool

    /// Who sent a stanza. What the stanza says and what the caller says must not differ.
    func sender(saying said: BareJID?, isRoom: Bool) throws(CommandFailure) -> BareJID {
        if let room {
            guard said == nil || said == room else {
                throw CommandFailure(.unauthentic, "the stanza does not come from the room")
            }
            // Where nobody knows whose occupant it was, the members' devices tell.
            return from ?? room
        }
        guard !isRoom else {
            throw CommandFailure(
                .usage, "this came through a room",
                hint: "add --room JID, and --from JID where the sender's account is known")
        }
        guard let sender = from ?? said else {
            throw CommandFailure(.usage, "the stanza does not say who sent it", hint: "add --from JID")
        }
        guard said == nil || said == sender else {
            throw CommandFailure(.unauthentic, "the stanza names another sender than --from")
        }
        return sender
    }
}

/// One message to decrypt.
struct DecryptRequest {
    /// The message.
    let incoming: Incoming
    /// It in each version of OMEMO that it came in.
    let messages: [EncryptedMessage]
    /// OX or legacy OpenPGP, where it is not OMEMO.
    let openPGP: Scheme?

    /// Reads XML.
    /// - Throws: `malformed` for what is none, `limitExceeded`.
    static func element(_ stanza: [UInt8]) throws(CommandFailure) -> Element {
        do throws(XMLError) { return try XMLParser.parse(stanza) } catch { throw CommandFailure(error) }
    }

    /// Reads a `<message>`, or a bare `<encrypted>`.
    /// - Throws: `malformed` for what is no message, `unsupported` for one in no scheme that can be read,
    ///   `unauthentic` where the stanza names another sender than the caller, `usage` where nobody names one.
    init(_ element: Element, _ delivery: Delivery, own: BareJID) throws(CommandFailure) {
        if let scheme = DecryptRequest.openPGP(element) {
            (openPGP, messages) = (scheme, [])
            incoming = try DecryptRequest.openPGP(element, delivery, own: own)
            return
        }
        openPGP = nil
        guard element.name != "encrypted" else {
            guard let from = delivery.from ?? delivery.room else {
                throw CommandFailure(.usage, "a bare element does not say who sent it", hint: "add --from JID")
            }
            messages = [try DecryptRequest.reading { () throws(SessionError) in try EncryptedMessage(element) }]
            incoming = DecryptRequest.incoming(element, from: from, to: own, id: nil, delivery)
            return
        }
        let message = try DecryptRequest.reading { () throws(SessionError) in try MessageStanza(element) }
        let sender = try delivery.sender(saying: message.from?.bare, isRoom: message.kind == .groupchat)
        messages = message.encrypted
        incoming = DecryptRequest.incoming(
            element, from: sender, to: message.to?.bare ?? own, id: message.id, delivery)
    }

    /// Which scheme of OpenPGP an element is in. OMEMO comes first where a message is in both.
    private static func openPGP(_ element: Element) -> Scheme? {
        guard !element.elements.contains(where: { $0.name == "encrypted" }), element["type"] != "error" else {
            return nil
        }
        return OXMessage.isThere(in: element) ? .ox : LegacyMessage.isThere(in: element) ? .pgp : nil
    }

    private static func openPGP(
        _ element: Element, _ delivery: Delivery, own: BareJID
    ) throws(CommandFailure) -> Incoming {
        let isMessage = element.name == "message"
        let said = try element["from"].map { (text) throws(CommandFailure) in try DecryptRequest.jid(text) }
        let sender = try delivery.sender(
            saying: isMessage ? said : nil, isRoom: isMessage && element["type"] == "groupchat")
        let recipient = try element["to"].map { (text) throws(CommandFailure) in try DecryptRequest.jid(text) } ?? own
        return incoming(
            element, from: sender, to: delivery.room == nil ? recipient : own, id: element["id"], delivery)
    }

    private static func jid(_ text: String) throws(CommandFailure) -> BareJID {
        guard let jid = try? JID(text) else { throw CommandFailure(.malformed, "a stanza with what is no address") }
        return jid.bare
    }

    private static func reading<Value>(_ body: () throws(SessionError) -> Value) throws(CommandFailure) -> Value {
        do throws(SessionError) {
            return try body()
        } catch .unsupported {
            throw CommandFailure(
                .unsupported,
                "this is no message that is encrypted in a way known here, or one that came back as an error",
                hint: "it should be a <message> with <encrypted> or <openpgp> in it, or such an element and --from JID")
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

    static func incoming(
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
