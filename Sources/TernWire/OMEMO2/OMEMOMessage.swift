// Owns OMEMO 2's ratchet message. It must not know its message code.

/// A ratchet message of OMEMO 2 (XEP-0384, "Protobuf Schema"), together with the bytes that it was written as.
public struct OMEMOMessage: Equatable, Sendable {
    /// The header.
    public let header: MessageHeader
    /// The serialised message: what the message code covers. For a received one, exactly the bytes that came.
    public let bytes: [UInt8]
    private let ciphertextRange: Range<Int>

    /// What the ratchet encrypted.
    public var ciphertext: [UInt8] { Array(bytes[ciphertextRange]) }

    /// Writes a message.
    /// - Throws: ``WireError/wrongLength(_:)`` for a ciphertext that is no sequence of AES blocks,
    ///   ``WireError/tooLarge(_:)``.
    public init(header: MessageHeader, ciphertext: [UInt8]) throws(WireError) {
        try KeyElement.checkCiphertextLength(ciphertext.count)
        var written = [UInt8](repeating: 0, count: ciphertext.count + Self.overhead)
        var output = written.mutableSpan
        let count = Self.write(header, ciphertext: ciphertext.span, into: &output)
        written.removeLast(written.count - count)
        self.header = header
        bytes = written
        ciphertextRange = count - ciphertext.count..<count
    }

    /// Reads a message.
    /// - Throws: What ``WireError`` names, except for key types and versions.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        let layout = try Self.layout(of: bytes.span)
        header = layout.header
        self.bytes = bytes
        ciphertextRange = layout.ciphertext
    }
}

extension OMEMOMessage {
    /// The most bytes that a message has beside its ciphertext: four tags, two numbers, a key and two lengths.
    package static let overhead = 4 + 2 * 5 + 1 + 32 + 2

    /// Writes a message to the start of `output` and tells its length. A caller's mistake ends the process: a
    /// ciphertext above ``KeyElement/maximumCiphertextLength``, or less room than it and ``overhead`` need.
    @_lifetime(output: copy output)
    package static func write(
        _ header: MessageHeader, ciphertext: Span<UInt8>, into output: inout MutableSpan<UInt8>
    ) -> Int {
        precondition(ciphertext.count <= KeyElement.maximumCiphertextLength, "no message has so long a ciphertext")
        precondition(output.count >= ciphertext.count + overhead, "a message needs room for more than its ciphertext")
        var writer = FieldWriter(output._mutatingExtracting(0...))
        write(header, ciphertext: ciphertext, to: &writer)
        return writer.count
    }

    @inline(__always)
    @_lifetime(writer: copy writer)
    static func write(_ header: MessageHeader, ciphertext: Span<UInt8>, to writer: inout FieldWriter) {
        writer.number(1, header.n)
        writer.number(2, header.pn)
        writer.begin(3, length: 32)
        writer.bytes(header.dhPub.span)
        writer.begin(4, length: ciphertext.count)
        writer.bytes(ciphertext)
    }

    /// Bytes of a message.
    @inline(__always)
    static func length(_ header: MessageHeader, ciphertextLength: Int) -> Int {
        FieldWriter.length(ofNumber: header.n) + FieldWriter.length(ofNumber: header.pn)
            + FieldWriter.length(ofBytes: 32) + FieldWriter.length(ofBytes: ciphertextLength)
    }

    /// Reads a message without copying its ciphertext.
    /// - Throws: As ``init(decoding:)``.
    package static func layout(of message: Span<UInt8>) throws(WireError) -> MessageLayout {
        let fields = try Fields(message, schema)
        let header = MessageHeader(
            n: fields.number(1), pn: fields.number(2), dhPub: try message.extracting(fields.range(3)).key())
        return MessageLayout(header: header, ciphertext: try fields.ciphertext(4))
    }

    /// The schema leaves the ciphertext out of what is authenticated as associated data; a message always has one.
    static var schema: Schema { Schema(numbers: 0b0_0110, bytes: 0b1_1000, required: 0b1_1110) }
}
