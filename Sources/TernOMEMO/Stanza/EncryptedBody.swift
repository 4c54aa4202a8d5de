// Owns how a message of OMEMO 0.3 is spelled in XML. It must not know what the bytes mean.

internal import TernCore
internal import TernCrypto
internal import TernXML

/// `<encrypted/>` of OMEMO 0.3 (XEP-0384 0.3.0 §4.6), as far as one device reads it.
struct EncryptedBody {
    /// The sending device.
    let sender: DeviceID
    /// The bytes for one device.
    let key: Key
    /// The payload.
    let payload: BodyPayload

    /// What a `<key/>` carries.
    struct Key: Hashable {
        /// The bytes.
        let bytes: [UInt8]
        /// Whether they begin a session.
        let isKeyExchange: Bool
    }

    init(sender: DeviceID, key: Key, payload: BodyPayload) {
        self.sender = sender
        self.key = key
        self.payload = payload
    }

    /// Reads the element for the device `recipient`.
    /// - Throws: ``SessionError/malformed``, ``SessionError/notForThisDevice`` where there is no key for it.
    init(_ element: Element, for recipient: DeviceID) throws(SessionError) {
        guard element.matches("encrypted", Version.v03.namespace), let header = element.only("header"),
            let sid = header["sid"], let sender = try? DeviceID(sid), let iv = header.only("iv"),
            let payload = element.only("payload")
        else { throw .malformed }
        let keys = header.elements("key").filter { $0["rid"] == recipient.description }
        guard let key = keys.first else { throw .notForThisDevice }
        guard keys.count == 1 else { throw .malformed }
        self.sender = sender
        self.key = Key(
            bytes: try EncryptedBody.bytes(of: key), isKeyExchange: ["true", "1"].contains(key["prekey"] ?? "false"))
        let (ciphertext, nonce) = (try EncryptedBody.bytes(of: payload), try EncryptedBody.bytes(of: iv))
        guard let body = BodyPayload(ciphertext: ciphertext, iv: nonce) else { throw .malformed }
        self.payload = body
    }

    /// The element, with the key for `recipient`.
    func element(for recipient: DeviceID) -> Element {
        let namespace = Version.v03.namespace
        var keyElement = Element("key", namespace: namespace, text: Base64.encode(key.bytes.span))
        keyElement["rid"] = recipient.description
        if key.isKeyExchange { keyElement["prekey"] = "true" }
        let iv = Element("iv", namespace: namespace, text: Base64.encode(payload.iv.span))
        let header = Element(
            "header", namespace: namespace, attributes: ["sid": sender.description], elements: [keyElement, iv])
        let text = Element("payload", namespace: namespace, text: Base64.encode(payload.ciphertext.span))
        return Element("encrypted", namespace: namespace, elements: [header, text])
    }

    private static func bytes(of element: Element) throws(SessionError) -> [UInt8] {
        guard let bytes = try? Base64.decode(element.text, tolerating: .whiteSpace) else { throw .malformed }
        return bytes
    }
}
