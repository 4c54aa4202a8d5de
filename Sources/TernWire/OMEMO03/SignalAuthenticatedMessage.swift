// Owns OMEMO 0.3's frame: a message and its code behind it. It must not know how the code is computed.

/// A ratchet message of OMEMO 0.3 with its message code: `0x33 ‖ protobuf ‖ code`.
public struct SignalAuthenticatedMessage: Equatable, Sendable {
    /// Bytes in a message code.
    public static let macLength = 8

    /// HMAC-SHA-256 over the associated data and ``message``'s bytes, truncated to 8 bytes.
    public let mac: [UInt8]
    /// The message.
    public let message: SignalMessage

    /// Pairs a message with its code.
    /// - Throws: ``WireError/wrongLength(_:)`` for a code that has not 8 bytes.
    public init(mac: [UInt8], message: SignalMessage) throws(WireError) {
        guard mac.count == Self.macLength else { throw .wrongLength(mac.count) }
        self.mac = mac
        self.message = message
    }

    /// Reads a frame.
    /// - Throws: What ``WireError`` names.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        let layout = try Self.layout(of: bytes.span)
        mac = Array(bytes[layout.mac])
        message = try SignalMessage(decoding: Array(bytes[layout.message]))
    }

    /// The frame, for a `<key>` element.
    public var encoded: [UInt8] { message.bytes + mac }

    /// Tells where message and code stand, without looking into the message.
    /// - Throws: ``WireError/tooLarge(_:)``, ``WireError/truncated``, ``WireError/unsupportedVersion(_:)``.
    package static func layout(of frame: Span<UInt8>) throws(WireError) -> AuthenticatedLayout {
        try SignalVersion.check(frame)
        guard frame.count >= 1 + macLength else { throw .truncated }
        let end = frame.count - macLength
        return AuthenticatedLayout(message: 0..<end, mac: end..<frame.count)
    }
}
