// Owns how trust messages name a key. It must not know whether anybody has it.

public import TernCore
internal import TernCrypto

/// The name of a device's key in OMEMO 2: the 32 bytes of its Ed25519 form, of which people compare another form. Whether
/// they are a key at all shows when somebody has it.
public struct KeyIdentifier: Hashable, Sendable {
    /// The 32 bytes.
    public let bytes: [UInt8]

    /// - Throws: ``TernCore/SessionError/malformed`` unless there are 32 bytes.
    public init(_ bytes: [UInt8]) throws(SessionError) {
        guard bytes.count == 32 else { throw .malformed }
        self.bytes = bytes
    }

    /// Reads Base64, as in stanzas (XEP-0434 §trust-message-structure).
    init(base64 text: String) throws(SessionError) {
        guard text.utf8.count <= 256, let bytes = try? Base64.decode(text, tolerating: .whiteSpace) else {
            throw .malformed
        }
        try self.init(bytes)
    }

    var base64: String { Base64.encode(bytes.span) }

    /// As people compare the key; none where the bytes are no key.
    public var fingerprint: Fingerprint? {
        guard let fixed = try? FixedBytes<32>(bytes), let key = try? Ed25519PublicKey(fixed).x25519() else {
            return nil
        }
        return Fingerprint(key)
    }
}

extension RemoteDevice {
    /// How trust messages name this key; none before it was seen in OMEMO 2.
    var identifier: KeyIdentifier? {
        edwards.flatMap { try? KeyIdentifier($0.array) }
    }

    /// Whether `key` names this device's.
    func isNamed(by key: KeyIdentifier) -> Bool {
        guard let edwards else { return Fingerprint(identity) == key.fingerprint }
        return edwards.array == key.bytes
    }
}
