// Owns OMEMO 0.3's key exchange. It must not know whether its keys are points or its ids exist.

internal import CTernWire

/// A key exchange of OMEMO 0.3 with the message that it opens a session for: `0x33 ‖ protobuf`.
public struct PreKeySignalMessage: Equatable, Sendable {
    /// A number of libsignal's that nobody in XMPP uses: of no meaning when received, and left out by some.
    public let registrationID: UInt32?
    /// Id of the recipient's pre key, if the sender used one. Id 0 is in use in the wild and not the same as none.
    public let preKeyID: UInt32?
    /// Id of the recipient's signed pre key.
    public let signedPreKeyID: UInt32
    /// The sender's ephemeral key.
    public let baseKey: KeyBytes
    /// The sender's identity key, as Curve25519.
    public let identityKey: KeyBytes
    /// The message.
    public let message: SignalAuthenticatedMessage

    /// Puts a key exchange together.
    public init(
        registrationID: UInt32? = 0, preKeyID: UInt32?, signedPreKeyID: UInt32, baseKey: KeyBytes,
        identityKey: KeyBytes, message: SignalAuthenticatedMessage
    ) {
        self.registrationID = registrationID
        self.preKeyID = preKeyID
        self.signedPreKeyID = signedPreKeyID
        self.baseKey = baseKey
        self.identityKey = identityKey
        self.message = message
    }

    /// Reads a key exchange and the message in it.
    /// - Throws: What ``WireError`` names.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        try SignalVersion.check(bytes.span)
        let exchange = bytes.span.extracting(droppingFirst: 1)
        let fields = try Fields(exchange, Self.schema)
        registrationID = fields.number(ifPresent: 5)
        preKeyID = fields.number(ifPresent: 1)
        signedPreKeyID = fields.number(6)
        baseKey = try exchange.extracting(fields.range(2)).typedKey()
        identityKey = try exchange.extracting(fields.range(3)).typedKey()
        let frame = fields.range(4)
        let frameBytes = Array(bytes.dropFirst(1 + frame.lowerBound).prefix(frame.count))
        message = try SignalAuthenticatedMessage(decoding: frameBytes)
    }

    /// The serialised form, for a `<key>` element.
    public var encoded: [UInt8] {
        let frame = message.encoded
        return unsafe withUnsafeBytes(of: TypedKey(baseKey)) { baseKey in
            unsafe withUnsafeBytes(of: TypedKey(identityKey)) { identityKey in
                unsafe frame.withUnsafeBytes { frame in
                    var exchange = unsafe Tern__Wire__PreKeySignalMessage()
                    unsafe tern__wire__pre_key_signal_message__init(&exchange)
                    unsafe exchange.has_registration_id = registrationID == nil ? 0 : 1
                    unsafe exchange.registration_id = registrationID ?? 0
                    unsafe exchange.has_pre_key_id = preKeyID == nil ? 0 : 1
                    unsafe exchange.pre_key_id = preKeyID ?? 0
                    unsafe exchange.has_signed_pre_key_id = 1
                    unsafe exchange.signed_pre_key_id = signedPreKeyID
                    unsafe exchange.has_base_key = 1
                    unsafe exchange.base_key = ProtobufCBinaryData(lending: baseKey)
                    unsafe exchange.has_identity_key = 1
                    unsafe exchange.identity_key = ProtobufCBinaryData(lending: identityKey)
                    unsafe exchange.has_message = 1
                    unsafe exchange.message = ProtobufCBinaryData(lending: frame)
                    return unsafe pack(&exchange)
                }
            }
        }
    }

    private func pack(_ exchange: UnsafePointer<Tern__Wire__PreKeySignalMessage>) -> [UInt8] {
        let count = unsafe tern__wire__pre_key_signal_message__get_packed_size(exchange)
        return unsafe [UInt8](unsafeUninitializedCapacity: 1 + count) { output, written in
            unsafe output.initializeElement(at: 0, to: SignalVersion.byte)
            let protobuf = unsafe output.baseAddress.map { unsafe $0 + 1 }
            unsafe written = 1 + tern__wire__pre_key_signal_message__pack(exchange, protobuf)
        }
    }

    /// The pre key's id is libsignal's to leave out; the registration id is nobody's concern.
    static var schema: Schema { Schema(numbers: 0b110_0010, bytes: 0b001_1100, required: 0b101_1100) }

    /// Whether all fields are equal.
    public static func == (left: Self, right: Self) -> Bool {
        left.registrationID == right.registrationID && left.preKeyID == right.preKeyID
            && left.signedPreKeyID == right.signedPreKeyID && equal(left.baseKey, right.baseKey)
            && equal(left.identityKey, right.identityKey) && left.message == right.message
    }
}
