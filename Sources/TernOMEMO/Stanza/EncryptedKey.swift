// Owns what one device gets in an encrypted message. It must not know the message.

public import TernCore
internal import TernCrypto
internal import TernWire

/// A `<key/>`: the ratchet's message for one device.
public struct EncryptedKey: Hashable, Sendable {
    /// The account that the device belongs to; OMEMO 0.3 does not tell.
    public let jid: BareJID?
    /// The device.
    public let device: DeviceID
    /// Whether a session begins with it.
    public let isKeyExchange: Bool
    /// The Base64 of the bytes; `nil` where the element is damaged. It is decoded for one device alone.
    let text: String?

    /// A key to be sent.
    public init(for device: DeviceID, of jid: BareJID?, isKeyExchange: Bool, bytes: Span<UInt8>) {
        self.init(for: device, of: jid, isKeyExchange: isKeyExchange, text: Base64.encode(bytes))
    }

    init(for device: DeviceID, of jid: BareJID?, isKeyExchange: Bool, text: String?) {
        self.jid = jid
        self.device = device
        self.isKeyExchange = isKeyExchange
        self.text = text
    }

    /// The bytes.
    /// - Throws: ``TernCore/SessionError/malformed`` where the element is damaged, and for more bytes than any message has.
    public func bytes() throws(SessionError) -> [UInt8] {
        // as much again for white space
        guard let text, text.utf8.count <= KeyElement.maximumLength * 8 / 3,
            let bytes = try? Base64.decode(text, tolerating: .whiteSpace), !bytes.isEmpty,
            bytes.count <= KeyElement.maximumLength
        else { throw .malformed }
        return bytes
    }
}
