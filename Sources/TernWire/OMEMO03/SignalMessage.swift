// Owns OMEMO 0.3's ratchet message behind its version byte. It must not know its message code.

/// A ratchet message of OMEMO 0.3 (libsignal's protocol version 3), together with the bytes that it was written as.
public struct SignalMessage: Equatable, Sendable {
    /// The header. libsignal and its kin write `pn` one too small and read none.
    public let header: MessageHeader
    /// Version byte and serialised message: what the message code covers. For a received one, exactly the bytes that
    /// came.
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

    /// Reads a version byte and a message.
    /// - Throws: What ``WireError`` names.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        let layout = try Self.layout(of: bytes.span)
        header = layout.header
        self.bytes = bytes
        ciphertextRange = layout.ciphertext
    }
}

extension SignalMessage {
    /// The most bytes that a message has beside its ciphertext: version, four tags, two numbers, a key and two lengths.
    package static let overhead = 1 + 4 + 2 * 5 + 1 + 33 + 2

    /// Writes version byte and message to the start of `output` and tells their length; the message code goes behind
    /// them. A caller's mistake ends the process: a ciphertext above ``KeyElement/maximumCiphertextLength``, or less
    /// room than it and ``overhead`` need.
    @_lifetime(output: copy output)
    package static func write(
        _ header: MessageHeader, ciphertext: Span<UInt8>, into output: inout MutableSpan<UInt8>
    ) -> Int {
        precondition(ciphertext.count <= KeyElement.maximumCiphertextLength, "no message has so long a ciphertext")
        precondition(output.count >= ciphertext.count + overhead, "a message needs room for more than its ciphertext")
        var writer = FieldWriter(output._mutatingExtracting(0...))
        writer.byte(SignalVersion.byte)
        writer.begin(1, length: 33)
        writer.byte(TypedKey.curve25519)
        writer.bytes(header.dhPub.span)
        writer.number(2, header.n)
        writer.number(3, header.pn)
        writer.begin(4, length: ciphertext.count)
        writer.bytes(ciphertext)
        return writer.count
    }

    /// Reads version byte and message without copying the ciphertext, whose range counts from the version byte.
    /// - Throws: As ``init(decoding:)``.
    package static func layout(of bytes: Span<UInt8>) throws(WireError) -> MessageLayout {
        try SignalVersion.check(bytes)
        let message = bytes.extracting(droppingFirst: 1)
        let fields = try Fields(message, schema)
        let header = MessageHeader(
            n: fields.number(2), pn: fields.number(3), dhPub: try message.extracting(fields.range(1)).typedKey())
        let ciphertext = try fields.ciphertext(4)
        return MessageLayout(header: header, ciphertext: ciphertext.lowerBound + 1..<ciphertext.upperBound + 1)
    }

    /// libsignal asks for all but previousCounter, of which it knows no use.
    static var schema: Schema { Schema(numbers: 0b0_1100, bytes: 0b1_0010, required: 0b1_0110) }
}
