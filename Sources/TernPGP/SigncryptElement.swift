// Owns the spelling of what is inside an OX message. It must not know how it was protected.

internal import TernCore
internal import TernXML

/// A `<signcrypt/>` (XEP-0373 §3.1): for whom, when, and what.
struct SigncryptElement {
    let recipients: [BareJID]
    let time: Timestamp
    let payload: [Element]

    static let namespace = "urn:xmpp:openpgp:0"

    /// Reads the plaintext of a message.
    /// - Throws: ``TernCore/SessionError/malformed``; ``TernCore/SessionError/unsupported`` for `<sign/>` and `<crypt/>`, which the profile
    ///   for messages does not use (XEP-0374 §2.1).
    init(_ plaintext: [UInt8]) throws(SessionError) {
        guard let root = try? XMLParser.parse(plaintext) else { throw .malformed }
        guard root.namespace == SigncryptElement.namespace else { throw .malformed }
        guard root.name == "signcrypt" else { throw ["sign", "crypt"].contains(root.name) ? .unsupported : .malformed }
        guard let stamp = root.only("time")?["stamp"], let time = Timestamp(xmpp: stamp),
            let payload = root.only("payload"), root.elements("rpad").count <= 1
        else { throw .malformed }
        var recipients: [BareJID] = []
        for element in root.elements("to") {
            guard let text = element["jid"], let jid = try? JID(text) else { throw .malformed }
            recipients.append(jid.bare)
        }
        guard !recipients.isEmpty else { throw .malformed }
        self.recipients = recipients
        self.time = time
        self.payload = payload.elements
    }
}
