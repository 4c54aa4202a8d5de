// Owns addresses that carry a key of OTR from one screen to another. It must not know who is believed.

public import TernCore

/// An account and its key of OTR: `xmpp:you@example.org?otr-fingerprint=…` (XEP-0364 §5.2, which calls it usual and not defined).
public struct OTRAddress: Hashable, Sendable {
    /// Whose key it is.
    public let jid: BareJID
    /// The key.
    public let key: Fingerprint

    private static let beginning = "xmpp:"
    private static let parameter = "otr-fingerprint="
    private static let limit = 65_536

    /// An account and its key.
    public init(_ jid: BareJID, _ key: Fingerprint) {
        (self.jid, self.key) = (jid, key)
    }

    /// The address.
    public var text: String {
        "\(OTRAddress.beginning)\(PercentCode.encode(jid.description))?\(OTRAddress.parameter)\(key.hex.uppercased())"
    }

    /// Reads an address. Parameters of others are passed over; nil where there is no key of OTR in it, or more than one.
    public init?(_ text: String) {
        guard text.utf8.count <= OTRAddress.limit, text.prefix(5).lowercased() == OTRAddress.beginning else {
            return nil
        }
        let parts = text.dropFirst(5).prefix { $0 != "#" }.split(separator: "?", maxSplits: 1)
        guard parts.count == 2, let name = PercentCode.decode(parts[0]), let jid = try? BareJID(name) else {
            return nil
        }
        let keys = parts[1].split(separator: ";").filter { $0.hasPrefix(OTRAddress.parameter) }
        guard keys.count == 1, let digits = PercentCode.decode(keys[0].dropFirst(OTRAddress.parameter.count)),
            let key = try? Fingerprint(hex: digits), key.bytes.count == 20
        else { return nil }
        self.init(jid, key)
    }
}
