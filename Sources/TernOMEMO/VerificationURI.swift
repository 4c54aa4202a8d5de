// Owns the addresses that carry keys from one screen to another, in both spellings. It must not know who is believed.

public import TernCore

/// The keys of an account, as a QR code or a link gives them.
///
/// Two spellings are read: `xmpp:JID?omemo-sid-DEVICE=KEY;…`, the one of OMEMO 0.3's clients, with the key as people compare
/// it; and `xmpp:JID?trust-message;encryption=urn:xmpp:omemo:2;trust=KEY;distrust=KEY` (XEP-0434 §registrar-query-types),
/// with the key as trust messages name it.
public struct VerificationURI: Hashable, Sendable {
    /// Bytes of an address at most; a QR code holds less than 3,000.
    public static let limit = 65_536

    /// A device and its key.
    public struct Device: Hashable, Sendable {
        /// The device.
        public let id: DeviceID
        /// Its key.
        public let fingerprint: Fingerprint

        /// A device and its key.
        public init(_ id: DeviceID, _ fingerprint: Fingerprint) {
            self.id = id
            self.fingerprint = fingerprint
        }
    }

    /// Whose keys they are.
    public let jid: BareJID
    /// Keys with their devices.
    public let devices: [Device]
    /// Keys that are the account's.
    public let trusted: [KeyIdentifier]
    /// Keys that are not.
    public let distrusted: [KeyIdentifier]

    /// Keys with their devices.
    public init(_ jid: BareJID, devices: [Device]) {
        self.init(jid, devices, [], [])
    }

    /// Keys by themselves.
    public init(_ jid: BareJID, trusted: [KeyIdentifier], distrusted: [KeyIdentifier] = []) {
        self.init(jid, [], trusted, distrusted)
    }

    private init(
        _ jid: BareJID, _ devices: [Device], _ trusted: [KeyIdentifier], _ distrusted: [KeyIdentifier]
    ) {
        self.jid = jid
        self.devices = devices
        self.trusted = trusted
        self.distrusted = distrusted
    }

    /// The address: one spelling after the other where there are keys of both kinds.
    public var text: String {
        var parameters = devices.map { "\(Words.device)\($0.id)=\($0.fingerprint.digits)" }
        if !trusted.isEmpty || !distrusted.isEmpty {
            parameters += ["\(Words.message)", "\(Words.encryption)=\(Version.v2.namespace)"]
            parameters += trusted.map { "\(Words.trust)=\($0.digits)" }
            parameters += distrusted.map { "\(Words.distrust)=\($0.digits)" }
        }
        return "\(Words.scheme)\(PercentCode.encode(jid.description))?\(parameters.joined(separator: ";"))"
    }
}

// MARK: - Reading

extension VerificationURI {
    private enum Words {
        static let scheme = "xmpp:"
        static let device = "omemo-sid-"
        static let message = "trust-message"
        static let encryption = "encryption"
        static let trust = "trust"
        static let distrust = "distrust"
    }

    /// Reads an address. Parameters come in any order; those of others are passed over.
    /// - Throws: ``VerificationURIError``.
    public init(_ text: String) throws(VerificationURIError) {
        guard text.utf8.count <= VerificationURI.limit else { throw .tooLong }
        guard text.utf8.prefix(5).elementsEqual(Words.scheme.utf8, by: { $0 | ($0 >= 65 && $0 <= 90 ? 32 : 0) == $1 })
        else { throw .notXMPP }
        let rest = text.dropFirst(5).prefix { $0 != "#" }
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let path = parts.first else { throw .badAddress }
        let address = try VerificationURI.decoded(path)
        guard let jid = try? BareJID(address) else { throw .badAddress }
        var (devices, trusted, distrusted): ([Device], [KeyIdentifier], [KeyIdentifier]) = ([], [], [])
        var words: [(name: String, value: String?)] = []
        var encryption: String?
        var isMessage = false
        for parameter in parts.count > 1 ? parts[1].split(separator: ";") : [] {
            let halves = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = try VerificationURI.decoded(halves[0]).lowercased()
            let value = halves.count > 1 ? try VerificationURI.decoded(halves[1]) : nil
            switch name {
            case Words.message:
                guard value == nil, !isMessage else { throw .badParameter(name) }
                isMessage = true
            case Words.encryption:
                guard let value, encryption == nil else { throw .badParameter(name) }
                encryption = value
            case Words.trust, Words.distrust: words.append((name, value))
            case _ where name.hasPrefix(Words.device):
                let key = try VerificationURI.key(value, name)
                guard let id = try? DeviceID(String(name.dropFirst(Words.device.count))),
                    let fingerprint = try? Fingerprint(key.bytes)
                else { throw .badParameter(name) }
                guard !devices.contains(where: { $0.id == id }) else { throw .duplicate(name) }
                devices.append(Device(id, fingerprint))
            default: break
            }
        }
        // Without the word for it these are somebody else's parameters.
        if isMessage {
            guard encryption == Version.v2.namespace else { throw .unsupported(encryption) }
            for (name, value) in words {
                let key = try VerificationURI.key(value, name)
                if name == Words.trust { trusted.append(key) } else { distrusted.append(key) }
            }
            guard (trusted + distrusted).unique.count == trusted.count + distrusted.count else {
                throw .duplicate(Words.trust)
            }
        }
        guard !devices.isEmpty || !trusted.isEmpty || !distrusted.isEmpty else { throw .noKeys }
        self.init(jid, devices, trusted, distrusted)
    }

    private static func key(_ value: String?, _ name: String) throws(VerificationURIError) -> KeyIdentifier {
        guard let value, value.utf8.count == 64, !value.utf8.contains(where: { $0 == 0x20 || $0 == 0x3A }),
            let bytes = try? Fingerprint(hex: value).bytes, let key = try? KeyIdentifier(bytes)
        else { throw .badParameter(name) }
        return key
    }
}

extension Fingerprint {
    fileprivate var digits: String { hex.lowercased() }
}

extension KeyIdentifier {
    fileprivate var digits: String { (try? Fingerprint(bytes))?.digits ?? "" }
}

extension VerificationURI {
    fileprivate static func decoded(_ text: Substring) throws(VerificationURIError) -> String {
        guard let decoded = PercentCode.decode(text) else { throw .badEscape }
        return decoded
    }
}
