// Owns the stanza of a recorded message as it is written: the element and what is in it. It must not know
// what it was encrypted with.

internal import TernJSON

/// An `<encrypted>` element, with everything that has to be found in it.
struct RecordedStanza: Sendable {
    let text: String
    /// Whether it says nothing.
    let isEmpty: Bool
    /// The numbers of the sending and the receiving device, in the element.
    let sender: Int
    let recipient: Int
    let payload: [UInt8]?
    /// The nonce, in OMEMO 0.3.
    let iv: [UInt8]
    /// What opens the payload: what the ratchet encrypted is one behind the other.
    let payloadKey: [UInt8]
    let payloadTag: [UInt8]
    /// The body in OMEMO 0.3, the envelope in OMEMO 2; none in a message that says nothing.
    let plaintext: [UInt8]?

    /// Takes what an event tells of its stanza.
    init(
        _ event: inout Members, _ internals: inout Members, hasIV: Bool
    ) throws(FormatError) {
        text = try event.string("encrypted_xml")
        isEmpty = try event.boolean("empty")
        sender = try event.integer("sid")
        recipient = try event.integer("rid")
        payload = try event.optionalBytes("payload")
        iv = hasIV ? try event.bytes("iv") : []
        payloadKey = try internals.bytes("payload_key")
        payloadTag = try internals.bytes("payload_auth_tag")
        plaintext = try RecordedStanza.plaintext(&event)
        guard isEmpty == (plaintext == nil), isEmpty == (payload == nil) else {
            throw event.failure("has a plaintext or a payload where it is empty, or none where it is not")
        }
    }

    /// Takes what a message for several devices tells.
    init(fanout top: inout Members, from sender: Int) throws(FormatError) {
        text = try top.string("encrypted_xml")
        isEmpty = false
        self.sender = sender
        recipient = 0
        payload = nil
        iv = []
        payloadKey = try top.bytes("payload_key")
        payloadTag = try top.bytes("payload_auth_tag")
        plaintext = try RecordedStanza.plaintext(&top)
    }

    /// The text is there for people, and says the same.
    private static func plaintext(_ members: inout Members) throws(FormatError) -> [UInt8]? {
        let bytes = try members.optionalBytes("plaintext")
        let text = try members.value("plaintext_utf8")
        guard text == (bytes.map { .string(String(decoding: $0, as: UTF8.self)) } ?? .null) else {
            throw members.wrongType("plaintext_utf8", "the text of 'plaintext'")
        }
        return bytes
    }
}
