// Owns reading a message that came, as a stanza or as its body alone. It must not know what OTR makes of it.

internal import TernCore
internal import TernXML

/// A message of one program to this account.
struct OTRMessage {
    let sender: JID
    private let body: String

    /// Takes a stanza apart, or a body that came from `from`. A stanza and a caller must not name different people.
    init(_ text: String, from: JID?) throws(CommandFailure) {
        guard text.hasPrefix("<") else {
            guard let from else {
                throw CommandFailure(.usage, "a body alone does not say who sent it", hint: "add --from JID/RESOURCE")
            }
            sender = from
            body = text.hasSuffix("\n") ? String(text.dropLast()) : text
            return
        }
        let stanza: Element
        do throws(XMLError) { stanza = try XMLParser.parse(text) } catch { throw CommandFailure(error) }
        guard stanza.matches("message", "jabber:client"), stanza["type"] != "groupchat" else {
            throw CommandFailure(.unsupported, "this is no message to one program", hint: "OTR is not for rooms")
        }
        // XEP-0364 §4.2: a copy is for the program that holds the keys
        guard let body = stanza.only("body")?.text else {
            throw CommandFailure(.unsupported, "there is no body in this message")
        }
        let said = try stanza["from"].map { (text) throws(CommandFailure) in
            do { return try GlobalOptions.fullAddress(text) } catch {
                throw CommandFailure(.malformed, "the stanza's sender has no resource", hint: "add --from JID/RESOURCE")
            }
        }
        guard let sender = from ?? said else {
            throw CommandFailure(.usage, "the stanza does not say who sent it", hint: "add --from JID/RESOURCE")
        }
        guard said == nil || said == sender else {
            throw CommandFailure(.unauthentic, "the stanza names another sender than --from")
        }
        self.sender = sender
        self.body = body
    }

    /// The message as `account` gets it.
    func incoming(_ account: BareJID) -> Incoming { Incoming(.body(body), from: sender, to: JID(account)) }

    /// Finds a live message of OTR in a stanza that may be of any scheme.
    init?(recognising element: Element, _ delivery: Delivery) {
        guard delivery.room == nil, !delivery.isArchived, element.matches("message", "jabber:client"),
            element["type"] != "groupchat",
            !element.elements.contains(where: { $0.name == "encrypted" || $0.name == "error" }),
            let body = element.only("body")?.text, body.hasPrefix("?OTR"),
            let from = element["from"], let sender = try? GlobalOptions.fullAddress(from),
            delivery.from == nil || delivery.from == sender.bare
        else { return nil }
        self.sender = sender
        self.body = body
    }
}
