// Owns how a message to send is spelled as a stanza (RFC 6121 §5). It must not know what is in it.

public import TernXML

extension Outbound {
    /// The `<message/>`.
    /// - Parameter id: Its identifier.
    public func stanza(id: String) -> Element {
        var message = Element("message", namespace: "jabber:client")
        switch destination {
        case .chat(let jid):
            message["to"] = jid.description
            message["type"] = "chat"
        case .room(let room):
            message["to"] = room.description
            message["type"] = "groupchat"
        }
        message["id"] = id
        switch payload {
        case .body(let text): message.append(Element("body", namespace: "jabber:client", text: text))
        case .element(let element): message.append(element)
        }
        for companion in companions { message.append(companion) }
        return message
    }
}
