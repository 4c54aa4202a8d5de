// Owns `<encrypted/>` in both versions: a header with a key for each device, and a payload where there is one.
// It must not know what the bytes mean.

public import TernCore
internal import TernCrypto
public import TernXML

/// An encrypted message (XEP-0384 §usecases-messagesend; 0.3.0 §usecases-messagesend and §usecases-keysend).
public struct EncryptedMessage: Hashable, Sendable {
    /// Keys that are read at most.
    public static let keyLimit = 10_000
    /// Keys that one device may find for itself. Each costs an attempt of the ratchet, and numbers are drawn from 2^31: two of
    /// the same are rare, and more are nobody's accident.
    public static let attemptLimit = 4

    /// The version it is spelled in.
    public let version: Version
    /// The sending device.
    public let sender: DeviceID
    /// A key for each device.
    public let keys: [EncryptedKey]
    /// What is encrypted beside the keys.
    public let payload: Payload

    /// What is encrypted beside the keys.
    public enum Payload: Hashable, Sendable {
        /// A body, in OMEMO 0.3.
        case body(BodyPayload)
        /// An envelope, in OMEMO 2.
        case envelope(EnvelopePayload)
        /// Nothing: an empty message, or a key for another use and with it, in OMEMO 0.3, an initialisation vector.
        case absent(iv: [UInt8])
    }

    /// A message of OMEMO 0.3, where accounts are not told.
    public init(_ body: BodyPayload, from sender: DeviceID, keys: [EncryptedKey]) {
        self.init(.v03, from: sender, keys: keys, payload: .body(body))
    }

    /// A message of OMEMO 2. Keys without an account are for nobody.
    public init(_ envelope: EnvelopePayload, from sender: DeviceID, keys: [EncryptedKey]) {
        self.init(.v2, from: sender, keys: keys, payload: .envelope(envelope))
    }

    /// A message without a payload. OMEMO 2 has no `iv`.
    public init(empty version: Version, iv: [UInt8] = [], from sender: DeviceID, keys: [EncryptedKey]) {
        self.init(version, from: sender, keys: keys, payload: .absent(iv: version.spelling.hasAccounts ? [] : iv))
    }

    init(_ version: Version, from sender: DeviceID, keys: [EncryptedKey], payload: Payload) {
        self.version = version
        self.sender = sender
        self.keys = keys
        self.payload = payload
    }

    /// The keys for a device: in OMEMO 0.3, where accounts may have devices of the same number, perhaps several.
    /// - Throws: ``TernCore/SessionError/notForThisDevice`` where there is none, ``TernCore/SessionError/limitExceeded`` for
    ///   more than ``attemptLimit``.
    public func keys(for recipient: DeviceAddress) throws(SessionError) -> [EncryptedKey] {
        let found = keys.filter { key in
            key.device == recipient.device && (version.spelling.hasAccounts ? key.jid == recipient.jid : true)
        }
        guard !found.isEmpty else { throw .notForThisDevice }
        guard found.count <= EncryptedMessage.attemptLimit else { throw .limitExceeded }
        return found
    }
}

// MARK: - Reading

extension EncryptedMessage {
    /// The version whose message `element` is.
    public static func version(of element: Element) -> Version? {
        element.name == "encrypted" ? Version(rawValue: element.namespace) : nil
    }

    /// Reads a message of either version. What is damaged in a key shows where that key is used.
    /// - Throws: ``TernCore/SessionError/unsupported`` for another element, ``TernCore/SessionError/malformed``,
    ///   ``TernCore/SessionError/limitExceeded`` for more than ``keyLimit`` keys.
    public init(_ element: Element) throws(SessionError) {
        guard let version = EncryptedMessage.version(of: element) else { throw .unsupported }
        guard let header = element.only("header"), let sid = header["sid"], let sender = try? DeviceID(sid)
        else { throw .malformed }
        let payloads = element.elements("payload")
        guard payloads.count <= 1 else { throw .malformed }
        var payload: [UInt8]?
        if let element = payloads.first {
            guard let bytes = element.bytes(atMost: .max / 16) else { throw .malformed }
            payload = bytes
        }
        self.init(
            version, from: sender, keys: try version.keys(in: header),
            payload: try version.payload(payload, header))
    }
}

extension Version {
    fileprivate func keys(in header: Element) throws(SessionError) -> [EncryptedKey] {
        let entries: [(jid: BareJID?, key: Element)]
        if spelling.hasAccounts {
            entries = header.elements("keys").flatMap { group -> [(jid: BareJID?, key: Element)] in
                guard let jid = group["jid"].flatMap({ try? BareJID($0) }) else { return [] }
                return group.elements("key").map { (jid, $0) }
            }
        } else {
            entries = header.elements("key").map { (nil, $0) }
        }
        guard entries.count <= EncryptedMessage.keyLimit else { throw .limitExceeded }
        return entries.compactMap { jid, key in
            guard let device = key["rid"].flatMap({ try? DeviceID($0) }) else { return nil }
            let isKeyExchange = Version.boolean(key[spelling.keyExchange])
            return EncryptedKey(
                for: device, of: jid, isKeyExchange: isKeyExchange ?? false, text: isKeyExchange == nil ? nil : key.text
            )
        }
    }

    /// `xs:boolean`: clients write both forms.
    private static func boolean(_ text: String?) -> Bool? {
        switch text {
        case nil, "false", "0": false
        case "true", "1": true
        default: nil
        }
    }

    fileprivate func payload(
        _ bytes: [UInt8]?, _ header: Element
    ) throws(SessionError) -> EncryptedMessage.Payload {
        guard !spelling.hasAccounts else { return bytes.map { .envelope(EnvelopePayload($0)) } ?? .absent(iv: []) }
        let ivs = header.elements("iv")
        guard ivs.count <= 1 else { throw .malformed }
        let iv = ivs.first?.bytes(atMost: 16)
        if let bytes {
            guard let iv, let payload = BodyPayload(ciphertext: bytes, iv: iv) else { throw .malformed }
            return .body(payload)
        }
        guard ivs.isEmpty || iv != nil else { throw .malformed }
        return .absent(iv: iv ?? [])
    }
}
