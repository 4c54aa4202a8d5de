// Owns how a stream gets its address, or goes on with the session of one that was lost. It must not know how anybody logged in.

internal import TernCore
internal import TernXML

extension XMPPStream {
    /// RFC 6120 §7.6, §7.7.
    func bind(countsStanzas: Bool) {
        var bind = Element("bind", namespace: XMPPNamespace.bind)
        if let resource = settings.resource {
            bind.append(Element("resource", namespace: XMPPNamespace.bind, text: resource))
        }
        request("bind", "set", bind)
        state = .binding(countsStanzas: countsStanzas)
    }

    func take(binding element: Element, countsStanzas: Bool) throws(StreamError) {
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
        if countsStanzas {
            write("<enable xmlns='\(XMPPNamespace.management)' resume='true'/>")
            state = .enabling(unsent: unsent)
        } else {
            try beReady(isResumed: false, unsent: unsent)
        }
    }

    /// XEP-0198 §3.
    func take(enabling element: Element, _ unsent: [Element]) throws(StreamError) {
        guard element.namespace == XMPPNamespace.management else {
            // the server counts from its word that it does
            acknowledgements.leaveOut()
            return try give(element)
        }
        switch element.name {
        case "enabled":
            let isResumable = element["resume"] == "true" || element["resume"] == "1"
            acknowledgements.resumption = isResumable ? element["id"] : nil
            isManaged = true
        case "failed": break
        default: throw .unexpected
        }
        try beReady(isResumed: false, unsent: unsent)
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
            bind(countsStanzas: true)
        default: throw .unexpected
        }
    }
}
