// Owns one recorded event as it is written: a message that was sent, or one that was received. It replays nothing.

internal import TernJSON
internal import TernOMEMO

/// What happened at one device.
enum RecordedEvent: Sendable {
    case send(RecordedSend)
    case receive(RecordedReceive)

    init(_ value: JSONValue, _ version: Version, in place: String) throws(FormatError) {
        var event = try Members(value, in: place)
        switch try event.string("op") {
        case "send": self = .send(try RecordedSend(event, version))
        case "receive": self = .receive(try RecordedReceive(event))
        default: throw event.wrongType("op", "'send' or 'receive'")
        }
    }
}

/// A message that was sent.
struct RecordedSend: Sendable {
    /// What the key agreement before the first message gave.
    struct Agreement: Sendable {
        let info: String
        let ephemeralPrivate: [UInt8]
        let ephemeralPublic: [UInt8]
        let preKeyID: UInt32
        let signedPreKeyID: UInt32
        let secrets: [[UInt8]]
        let sharedSecret: [UInt8]
        let associatedData: [UInt8]
    }

    let index: Int
    let sender: String
    let recipient: String
    let agreement: Agreement?
    let isKeyExchange: Bool
    let element: [UInt8]
    let headerIndex: UInt32
    let headerPrevious: UInt32
    let headerKey: [UInt8]
    let messageKey: [UInt8]
    /// What the ratchet encrypted.
    let plaintext: [UInt8]
    let stanza: RecordedStanza
    let ratchetKeys: [[UInt8]]
    let state: RecordedState

    fileprivate init(_ members: Members, _ version: Version) throws(FormatError) {
        var event = members
        event.ignore("op")
        index = try event.integer("index")
        sender = try event.string("from")
        recipient = try event.string("to")
        agreement = event.has("x3dh") ? try RecordedSend.agreement(event.members("x3dh")) : nil
        isKeyExchange = try event.boolean("kex")
        element = try event.base64("key_b64")
        var internals = try event.members("internals")
        var header = try internals.members("header")
        headerIndex = try header.number("n")
        headerPrevious = try header.number("pn")
        headerKey = try header.bytes("dh_pub")
        try header.finish()
        messageKey = try internals.bytes("message_key")
        plaintext = try internals.bytes("ratchet_plaintext")
        stanza = try RecordedStanza(&event, &internals, hasIV: version == .v03)
        try internals.finish()
        ratchetKeys = try event.listOfBytes("new_ratchet_privs")
        state = try RecordedState(event.value("state"), in: "the state after message \(index)")
        try event.finish()
    }

    private static func agreement(_ members: Members) throws(FormatError) -> Agreement {
        var value = members
        let info = try value.string("info")
        var secrets: [[UInt8]] = []
        for name in ["dh1_ikA_spkB", "dh2_ekA_ikB", "dh3_ekA_spkB", "dh4_ekA_opkB"] {
            secrets.append(try value.bytes(name))
        }
        let agreement = Agreement(
            info: info, ephemeralPrivate: try value.bytes("ephemeral_priv"),
            ephemeralPublic: try value.bytes("ephemeral_pub"),
            preKeyID: try value.number("pre_key_id"), signedPreKeyID: try value.number("signed_pre_key_id"),
            secrets: secrets, sharedSecret: try value.bytes("shared_secret"),
            associatedData: try value.bytes("associated_data"))
        try value.finish()
        return agreement
    }
}

/// A message that was received.
struct RecordedReceive: Sendable {
    let index: Int
    let recipient: String
    /// The bytes that arrived, where they are not those that were sent.
    let tampered: [UInt8]?
    let tampering: String?
    let refusal: ErrorClass?
    let buildsSession: Bool
    let ratchetKeys: [[UInt8]]
    let state: RecordedState?

    fileprivate init(_ members: Members) throws(FormatError) {
        var event = members
        event.ignore("op", "library_exception")
        index = try event.integer("index")
        recipient = try event.string("by")
        tampered = event.has("tampered_key_b64") ? try event.base64("tampered_key_b64") : nil
        tampering = event.optional("tamper")?.string
        switch try event.string("result") {
        case "ok": refusal = nil
        case "error": refusal = try RecordedReceive.refusal(&event)
        default: throw event.wrongType("result", "'ok' or 'error'")
        }
        buildsSession = event.optional("session_built")?.boolean ?? false
        ratchetKeys = try event.listOfBytes("new_ratchet_privs")
        let value = try event.value("state")
        state = value == .null ? nil : try RecordedState(value, in: "the state after receiving message \(index)")
        try event.finish()
    }

    /// The recording's classes in the runner's terms.
    private static func refusal(_ event: inout Members) throws(FormatError) -> ErrorClass {
        switch try event.string("error_class") {
        case "authentication_failed": .unauthentic
        // the recording implementation cannot tell it from a forgery, which the name admits
        case "duplicate", "duplicate_old_chain": .duplicate
        default: throw event.wrongType("error_class", "a known class")
        }
    }
}

extension Members {
    fileprivate mutating func listOfBytes(_ name: String) throws(FormatError) -> [[UInt8]] {
        let texts = try strings(name)
        let values = texts.compactMap(Hex.bytes(of:))
        guard values.count == texts.count else { throw wrongType(name, "lower-case hexadecimal") }
        return values
    }
}
