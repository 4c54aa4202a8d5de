// Owns how a stream gets its address, or goes on with the session of one that was lost. It must not know how anybody logged in.

internal import TernCore
internal import TernXML

extension XMPPStream {
    /// RFC 6120 §7.6, §7.7.
    func bind() {
        var bind = Element("bind", namespace: XMPPNamespace.bind)
        if let resource = settings.resource {
            bind.append(Element("resource", namespace: XMPPNamespace.bind, text: resource))
        }
        request("bind", "set", bind)
        state = .binding
    }

    func take(binding element: Element) throws(StreamError) {
        guard element.matches("iq", XMPPNamespace.client), element["id"] == "tern-bind" else { throw .unexpected }
        guard element["type"] == "result" else {
            let error = element.first("error") ?? element
            throw .notBound(condition: XMPPStream.condition(of: error, in: XMPPNamespace.stanzas))
        }
        let text = element.first("bind", namespace: XMPPNamespace.bind)?.first("jid")?.text ?? ""
        // a server that gives another account's address would have us speak in another's name
        guard let jid = try? JID(text), jid.bare == settings.account, jid.resource != nil else {
            throw .notBound(condition: "undefined-condition")
        }
        address = jid
        let unsent = acknowledgements.restart()
        lost = unsent
        if offersSessions {
            write("<enable xmlns='\(XMPPNamespace.management)' resume='true'/>")
            state = .enabling
        } else {
            try beReady(isResumed: false, unsent: takeLost())
        }
    }

    /// XEP-0198 §5.
    func take(resumption element: Element) throws(StreamError) {
        guard element.namespace == XMPPNamespace.management else { throw .unexpected }
        switch element.name {
        case "resumed":
            let confirmed = try acknowledgements.confirm(try XMPPStream.count(element))
            if !confirmed.isEmpty { events.append(.confirmed(confirmed)) }
            isManaged = true
            try beReady(isResumed: true)
            // the counts go on, so what is sent again is not counted again
            for stanza in acknowledgements.unconfirmed {
                if let text = try? stanza.serialized(in: XMPPNamespace.client) { write(text) }
            }
            write("<r xmlns='\(XMPPNamespace.management)'/>")
        case "failed":
            // It says perhaps how much had come before the session was forgotten.
            if element["h"] != nil, let count = try? XMPPStream.count(element),
                let confirmed = try? acknowledgements.confirm(count), !confirmed.isEmpty
            {
                events.append(.confirmed(confirmed))
            }
            acknowledgements.resumption = nil
            bind()
        default: throw .unexpected
        }
    }

    /// What may not have come to anybody is given back once.
    func takeLost() -> [Element] {
        defer { lost = [] }
        return lost
    }
}
