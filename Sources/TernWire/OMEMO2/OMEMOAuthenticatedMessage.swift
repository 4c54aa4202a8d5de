// Owns OMEMO 2's pair of a message and its code. It must not know how the code is computed.

internal import CTernWire

/// A ratchet message of OMEMO 2 with its message code (XEP-0384, "Protobuf Schema").
public struct OMEMOAuthenticatedMessage: Equatable, Sendable {
    /// Bytes in a message code.
    public static let macLength = 16

    /// HMAC-SHA-256 over the associated data and ``message``'s bytes, truncated to 16 bytes.
    public let mac: [UInt8]
    /// The message.
    public let message: OMEMOMessage

    /// Pairs a message with its code.
    /// - Throws: ``WireError/wrongLength(_:)`` for a code that has not 16 bytes.
    public init(mac: [UInt8], message: OMEMOMessage) throws(WireError) {
        guard mac.count == Self.macLength else { throw .wrongLength(mac.count) }
        self.mac = mac
        self.message = message
    }

    /// Reads an authenticated message.
    /// - Throws: What ``WireError`` names, except for key types and versions.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        let layout = try Self.layout(of: bytes.span)
        mac = Array(bytes[layout.mac])
        message = try OMEMOMessage(decoding: Array(bytes[layout.message]))
    }

    /// The serialised form, for a `<key>` element.
    public var encoded: [UInt8] {
        var written = [UInt8](repeating: 0, count: message.bytes.count + Self.overhead)
        var output = written.mutableSpan
        let count = Self.write(mac: mac.span, message: message.bytes.span, into: &output)
        written.removeLast(written.count - count)
        return written
    }
}

extension OMEMOAuthenticatedMessage {
    /// The most bytes that stand beside the message: two tags, two lengths and the code.
    package static let overhead = 2 + 1 + 2 + macLength

    /// Writes the pair to the start of `output` and tells its length. A caller's mistake ends the process: a message
    /// above ``KeyElement/maximumLength``, or less room than it and ``overhead`` need.
    @_lifetime(output: copy output)
    package static func write(mac: Span<UInt8>, message: Span<UInt8>, into output: inout MutableSpan<UInt8>) -> Int {
        precondition(mac.count == macLength, "a message code has 16 bytes")
        precondition(message.count <= KeyElement.maximumLength, "no message is that long")
        precondition(output.count >= message.count + overhead, "the pair needs room for more than the message")
        return unsafe mac.withUnsafeBytes { mac in
            unsafe message.withUnsafeBytes { message in
                unsafe output.withUnsafeMutableBytes { output in
                    var pair = unsafe Tern__Wire__OMEMOAuthenticatedMessage()
                    unsafe tern__wire__omemoauthenticated_message__init(&pair)
                    unsafe pair.mac = ProtobufCBinaryData(lending: mac)
                    unsafe pair.message = ProtobufCBinaryData(lending: message)
                    return unsafe tern__wire__omemoauthenticated_message__pack(&pair, output.baseAddress)
                }
            }
        }
    }

    /// Writes a message with room for its code to the start of `output`: a pair whose code is computed where the message
    /// stands. A caller's mistake ends the process, as in the other.
    @_lifetime(output: copy output)
    package static func write(
        _ header: MessageHeader, ciphertext: Span<UInt8>, into output: inout MutableSpan<UInt8>
    ) -> AuthenticatedLayout {
        precondition(ciphertext.count <= KeyElement.maximumCiphertextLength, "no message has so long a ciphertext")
        let length = OMEMOMessage.length(header, ciphertextLength: ciphertext.count)
        var writer = FieldWriter(output._mutatingExtracting(0...))
        writer.begin(1, length: macLength)
        let mac = writer.count
        writer.leave(macLength)
        writer.begin(2, length: length)
        let message = writer.count
        OMEMOMessage.write(header, ciphertext: ciphertext, to: &writer)
        return AuthenticatedLayout(message: message..<writer.count, mac: mac..<mac + macLength)
    }

    /// Reads the pair without copying, and without looking into the message.
    /// - Throws: As ``init(decoding:)``.
    package static func layout(of bytes: Span<UInt8>) throws(WireError) -> AuthenticatedLayout {
        let fields = try Fields(bytes, schema)
        let mac = fields.range(1)
        guard mac.count == macLength else { throw .wrongLength(mac.count) }
        return AuthenticatedLayout(message: fields.range(2), mac: mac)
    }

    static var schema: Schema { Schema(numbers: 0, bytes: 0b110, required: 0b110) }
}
