// Owns what a login can be bound to, and what a server offered before it. It must not know how a login goes.

/// What binds a login to the TLS connection that it goes through (RFC 5929, RFC 9266).
public struct ChannelBinding: Hashable, Sendable {
    /// The registered name of its kind.
    public let kind: String
    /// What only the two ends of this connection have in common.
    public let data: [UInt8]

    /// A binding.
    public init(kind: String, data: [UInt8]) {
        (self.kind, self.data) = (kind, data)
    }
}

/// What a server offered before a login, for it to be held against what the server says it offered (XEP-0474).
struct LoginOffer: Hashable, Sendable {
    /// Mechanisms by name.
    var mechanisms: [String] = []
    /// Kinds of channel binding (XEP-0440); nil where the server names none.
    var bindings: [String]?

    /// XEP-0474 §6.1: what both ends make the same digest of.
    var fingerprint: [UInt8] {
        var text = LoginOffer.joined(mechanisms)
        if let bindings { text += [0x1F] + LoginOffer.joined(bindings) }
        return text
    }

    private static func joined(_ names: [String]) -> [UInt8] {
        Array(names.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }.joined(separator: [0x1E]))
    }
}
