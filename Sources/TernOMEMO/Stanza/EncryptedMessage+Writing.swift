// Owns how `<encrypted/>` is written: as a tree, and straight into text for messages to many devices.
// It must not know how one is read.

internal import TernCore
internal import TernCrypto
public import TernXML

extension EncryptedMessage {
    /// The element.
    public var element: Element {
        var header = Element("header", namespace: version.namespace, attributes: ["sid": sender.description])
        for group in groups {
            guard let jid = group.jid else {
                for key in group.keys { header.append(element(of: key)) }
                continue
            }
            var element = Element("keys", namespace: version.namespace, attributes: ["jid": jid])
            for key in group.keys { element.append(self.element(of: key)) }
            header.append(element)
        }
        if let iv { header.append(Element("iv", namespace: version.namespace, text: iv)) }
        var element = Element("encrypted", namespace: version.namespace)
        element.append(header)
        if let text = payloadText { element.append(Element("payload", namespace: version.namespace, text: text)) }
        return element
    }

    /// The text of ``element``, without the tree: nothing in it needs escaping, but an account's name is escaped all the
    /// same.
    public func xml() -> String {
        var text = "<encrypted xmlns='\(version.namespace)'><header sid='\(sender)'>"
        text.reserveCapacity(512 + keys.count * 400 + (payloadText?.utf8.count ?? 0))
        for group in groups {
            if let jid = group.jid { text += "<keys jid='" + EncryptedMessage.escaped(jid) + "'>" }
            for key in group.keys { write(key, to: &text) }
            if group.jid != nil { text += "</keys>" }
        }
        if let iv { text += iv.isEmpty ? "<iv/>" : "<iv>" + iv + "</iv>" }
        text += "</header>"
        if let payload = payloadText { text += payload.isEmpty ? "<payload/>" : "<payload>" + payload + "</payload>" }
        return text + "</encrypted>"
    }

    private func write(_ key: EncryptedKey, to text: inout String) {
        text += "<key"
        if key.isKeyExchange { text += " " + version.spelling.keyExchange + "='true'" }
        text += " rid='" + key.device.description + "'>"
        text += key.text ?? ""
        text += "</key>"
    }

    private func element(of key: EncryptedKey) -> Element {
        var element = Element("key", namespace: version.namespace, text: key.text ?? "")
        element["rid"] = key.device.description
        if key.isKeyExchange { element[version.spelling.keyExchange] = "true" }
        return element
    }

    /// The keys under their accounts, in the order in which each is named first; one group without a name in OMEMO 0.3.
    private var groups: [(jid: String?, keys: [EncryptedKey])] {
        guard version.spelling.hasAccounts else { return [(nil, keys)] }
        var groups: [(jid: String?, keys: [EncryptedKey])] = []
        var places: [BareJID: Int] = [:]
        for key in keys {
            guard let jid = key.jid else { continue }
            if let place = places[jid] {
                groups[place].keys.append(key)
            } else {
                places[jid] = groups.count
                groups.append((jid.description, [key]))
            }
        }
        return groups
    }

    private var iv: String? {
        switch payload {
        case .body(let body): Base64.encode(body.iv.span)
        case .absent(let iv): iv.isEmpty ? nil : Base64.encode(iv.span)
        case .envelope: nil
        }
    }

    private var payloadText: String? {
        switch payload {
        case .body(let body): Base64.encode(body.ciphertext.span)
        case .envelope(let envelope): Base64.encode(envelope.ciphertext.span)
        case .absent: nil
        }
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { escaped, character in
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case "'": escaped += "&apos;"
            default: escaped.append(character)
            }
        }
    }
}
