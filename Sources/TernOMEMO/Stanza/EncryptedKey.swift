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
    private let content: Content

    /// The bytes, in whichever form they came. A message to many devices is encoded when it is written; one that came is
    /// decoded for one device alone.
    private enum Content: Sendable {
        case bytes([UInt8])
        case base64(String)
        case damaged
    }

    /// A key to be sent.
    public init(for device: DeviceID, of jid: BareJID?, isKeyExchange: Bool, bytes: Span<UInt8>) {
        (self.device, self.jid, self.isKeyExchange) = (device, jid, isKeyExchange)
        content = .bytes(bytes.array)
    }

    init(for device: DeviceID, of jid: BareJID?, isKeyExchange: Bool, text: String?) {
        self.jid = jid
        self.device = device
        self.isKeyExchange = isKeyExchange
        content = text.map { .base64($0) } ?? .damaged
    }

    /// The Base64 of the bytes; `nil` where the element is damaged.
    var text: String? {
        switch content {
        case .bytes(let bytes): Base64.encode(bytes.span)
        case .base64(let text): text
        case .damaged: nil
        }
    }

    /// The bytes.
    /// - Throws: ``TernCore/SessionError/malformed`` where the element is damaged, and for more bytes than any message has.
    public func bytes() throws(SessionError) -> [UInt8] {
        if case .bytes(let bytes) = content { return bytes }
        // as much again for white space
        guard let text, text.utf8.count <= KeyElement.maximumLength * 8 / 3,
            let bytes = try? Base64.decode(text, tolerating: .whiteSpace), !bytes.isEmpty,
            bytes.count <= KeyElement.maximumLength
        else { throw .malformed }
        return bytes
    }
}

extension EncryptedKey {
    /// Whether two keys are written in the same way.
    public static func == (left: Self, right: Self) -> Bool {
        left.jid == right.jid && left.device == right.device && left.isKeyExchange == right.isKeyExchange
            && left.text == right.text
    }

    /// What two equal keys have in common.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(jid)
        hasher.combine(device)
        hasher.combine(text)
    }
}
