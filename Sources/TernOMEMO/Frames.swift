// Owns the joint between the ratchet and the two wire formats: what the tag covers and where it stands.

public import TernCrypto
public import TernRatchet
internal import TernWire

/// OMEMO 0.3: `0x33 ‖ SignalMessage ‖ tag`; the tag covers all before it.
public enum SignalFrame: MessageFrame {
    /// Writes everything but the tag.
    @_lifetime(output: copy output)
    public static func write(
        _ header: TernRatchet.MessageHeader, ciphertext: Span<UInt8>, tagLength: Int,
        into output: inout MutableSpan<UInt8>
    ) -> FramedMessage {
        let end = SignalMessage.write(header.wire, ciphertext: ciphertext, into: &output)
        return FramedMessage(count: end + tagLength, authenticated: 0..<end, tag: end..<end + tagLength)
    }
}

/// OMEMO 2: an OMEMOAuthenticatedMessage; the tag covers the OMEMOMessage in it.
public enum OMEMOFrame: MessageFrame {
    /// Writes everything but the tag.
    @_lifetime(output: copy output)
    public static func write(
        _ header: TernRatchet.MessageHeader, ciphertext: Span<UInt8>, tagLength: Int,
        into output: inout MutableSpan<UInt8>
    ) -> FramedMessage {
        precondition(tagLength == OMEMOAuthenticatedMessage.macLength, "OMEMO 2 has tags of 16 bytes")
        let parts = OMEMOAuthenticatedMessage.write(header.wire, ciphertext: ciphertext, into: &output)
        return FramedMessage(
            count: parts.message.upperBound, authenticated: parts.message,
            tag: parts.mac.lowerBound..<parts.mac.lowerBound + tagLength)
    }
}

extension TernRatchet.MessageHeader {
    /// The header as the wire format has it.
    var wire: TernWire.MessageHeader {
        TernWire.MessageHeader(n: index, pn: previousLength, dhPub: ratchetKey.bytes.storage)
    }

    /// A header that was received.
    @inline(__always)
    init(_ wire: borrowing TernWire.MessageHeader) throws(RatchetError) {
        do {
            let key = try X25519PublicKey(wire.dhPub.span)
            self.init(ratchetKey: key, index: wire.n, previousLength: wire.pn)
        } catch {
            throw .invalidKey
        }
    }
}

extension Version {
    /// What a message without a key exchange says of itself, before it was authenticated.
    /// - Throws: ``TernRatchet/RatchetError/malformed``, ``TernRatchet/RatchetError/invalidKey``.
    package func header(of bytes: Span<UInt8>) throws(RatchetError) -> TernRatchet.MessageHeader {
        let header: TernWire.MessageHeader
        do throws(WireError) {
            switch self {
            case .v03:
                let parts = try SignalAuthenticatedMessage.layout(of: bytes)
                header = try SignalMessage.layout(of: bytes.extracting(parts.message)).header
            case .v2:
                let parts = try OMEMOAuthenticatedMessage.layout(of: bytes)
                header = try OMEMOMessage.layout(of: bytes.extracting(parts.message)).header
            }
        } catch {
            throw .malformed
        }
        return try MessageHeader(header)
    }

    /// Opens a message as it stands in a `<key>` element without a key exchange. The session stays as it is.
    /// - Throws: What ``TernRatchet/DoubleRatchet/open(_:ciphertext:tag:authenticated:)`` does, and
    ///   ``TernRatchet/RatchetError/malformed`` for bytes that are no message.
    public func open(_ bytes: Span<UInt8>, with ratchet: borrowing DoubleRatchet) throws(RatchetError) -> Opened {
        let parts: AuthenticatedLayout
        let message: MessageLayout
        do throws(WireError) {
            switch self {
            case .v03:
                parts = try SignalAuthenticatedMessage.layout(of: bytes)
                message = try SignalMessage.layout(of: bytes.extracting(parts.message))
            case .v2:
                parts = try OMEMOAuthenticatedMessage.layout(of: bytes)
                message = try OMEMOMessage.layout(of: bytes.extracting(parts.message))
            }
        } catch {
            throw .malformed
        }
        let authenticated = bytes.extracting(parts.message)
        return try ratchet.open(
            MessageHeader(message.header), ciphertext: authenticated.extracting(message.ciphertext),
            tag: bytes.extracting(parts.mac), authenticated: authenticated)
    }

    /// Encrypts the next message, as it stands in a `<key>` element without a key exchange. The new state has to be
    /// stored before it leaves.
    /// - Parameter use: Copies the message to where it belongs.
    /// - Throws: What ``TernRatchet/DoubleRatchet/seal(_:as:keys:_:)`` does.
    public func seal(
        _ plaintext: Span<UInt8>, with ratchet: inout DoubleRatchet, keys: inout some KeyPairSource & ~Copyable,
        _ use: (Span<UInt8>) -> Void
    ) throws(RatchetError) -> Sent {
        switch self {
        case .v03: try ratchet.seal(plaintext, as: SignalFrame.self, keys: &keys, use)
        case .v2: try ratchet.seal(plaintext, as: OMEMOFrame.self, keys: &keys, use)
        }
    }

    /// As ``seal(_:with:keys:_:)`` on a chain that is open.
    func seal(
        _ plaintext: Span<UInt8>, with ratchet: inout DoubleRatchet, _ use: (Span<UInt8>) -> Void
    ) throws(RatchetError) {
        switch self {
        case .v03: _ = try ratchet.seal(plaintext, as: SignalFrame.self, use)
        case .v2: _ = try ratchet.seal(plaintext, as: OMEMOFrame.self, use)
        }
    }

    /// As ``seal(_:with:keys:_:)``, giving the message as an array.
    public func seal(
        _ plaintext: Span<UInt8>, with ratchet: inout DoubleRatchet, keys: inout some KeyPairSource & ~Copyable
    ) throws(RatchetError) -> (message: [UInt8], sent: Sent) {
        var message: [UInt8] = []
        let sent = try seal(plaintext, with: &ratchet, keys: &keys) { bytes in message = bytes.indices.map { bytes[$0] }
        }
        return (message, sent)
    }
}
