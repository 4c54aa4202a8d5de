// Owns OMEMO 2's key exchange. It must not know whether its keys are points or its ids exist.

internal import CTernWire

/// A key exchange of OMEMO 2 with the message that it opens a session for (XEP-0384, "Protobuf Schema").
public struct OMEMOKeyExchange: Equatable, Sendable {
    /// Id of the recipient's pre key. Id 0 is in use in the wild.
    public let pkID: UInt32
    /// Id of the recipient's signed pre key.
    public let spkID: UInt32
    /// The sender's identity key: Ed25519, as it came.
    public let ik: KeyBytes
    /// The sender's ephemeral key: Curve25519.
    public let ek: KeyBytes
    /// The message.
    public let message: OMEMOAuthenticatedMessage

    /// Puts a key exchange together.
    public init(pkID: UInt32, spkID: UInt32, ik: KeyBytes, ek: KeyBytes, message: OMEMOAuthenticatedMessage) {
        self.pkID = pkID
        self.spkID = spkID
        self.ik = ik
        self.ek = ek
        self.message = message
    }

    /// Reads a key exchange and the message in it.
    /// - Throws: What ``WireError`` names, except for key types and versions.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        let fields = try Fields(bytes.span, Self.schema)
        pkID = fields.number(1)
        spkID = fields.number(2)
        ik = try bytes.span.extracting(fields.range(3)).key()
        ek = try bytes.span.extracting(fields.range(4)).key()
        message = try OMEMOAuthenticatedMessage(decoding: Array(bytes[fields.range(5)]))
    }

    /// The serialised form, for a `<key>` element.
    public var encoded: [UInt8] {
        unsafe ik.span.withUnsafeBytes { ik in
            unsafe ek.span.withUnsafeBytes { ek in
                unsafe message.mac.withUnsafeBytes { mac in
                    unsafe message.message.bytes.withUnsafeBytes { message in
                        var pair = unsafe Tern__Wire__OMEMOAuthenticatedMessage()
                        unsafe tern__wire__omemoauthenticated_message__init(&pair)
                        unsafe pair.mac = ProtobufCBinaryData(lending: mac)
                        unsafe pair.message = ProtobufCBinaryData(lending: message)
                        return unsafe withUnsafeMutablePointer(to: &pair) { unsafe pack(ik, ek, $0) }
                    }
                }
            }
        }
    }

    private func pack(
        _ ik: UnsafeRawBufferPointer, _ ek: UnsafeRawBufferPointer,
        _ pair: UnsafeMutablePointer<Tern__Wire__OMEMOAuthenticatedMessage>
    ) -> [UInt8] {
        var exchange = unsafe Tern__Wire__OMEMOKeyExchange()
        unsafe tern__wire__omemokey_exchange__init(&exchange)
        unsafe exchange.pk_id = pkID
        unsafe exchange.spk_id = spkID
        unsafe exchange.ik = ProtobufCBinaryData(lending: ik)
        unsafe exchange.ek = ProtobufCBinaryData(lending: ek)
        unsafe exchange.message = pair
        let count = unsafe tern__wire__omemokey_exchange__get_packed_size(&exchange)
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { output, written in
            unsafe written = tern__wire__omemokey_exchange__pack(&exchange, output.baseAddress)
        }
    }

    static var schema: Schema { Schema(numbers: 0b00_0110, bytes: 0b11_1000, required: 0b11_1110) }

    /// Whether all fields are equal.
    public static func == (left: Self, right: Self) -> Bool {
        left.pkID == right.pkID && left.spkID == right.spkID && equal(left.ik, right.ik) && equal(left.ek, right.ek)
            && left.message == right.message
    }
}
