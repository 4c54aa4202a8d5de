// Owns what GnuPG and the packets together say of a certificate. It must not know what is decided about it.

public import TernCore

/// A certificate that was looked at, by us and by GnuPG.
public struct ExaminedKey: Hashable, Sendable {
    /// It.
    public let certificate: Certificate
    /// The user ids that its owner stands by.
    public let userIDs: [String]
    /// Its owner has taken it back.
    public let isRevoked: Bool
    /// When its time is over.
    public let expires: Timestamp?
    /// Others can encrypt to it.
    public let canEncrypt: Bool

    /// Whether it says that it is an account's: a user id is `xmpp:` and the address, and nothing else (XEP-0373 §4.4).
    public func names(_ jid: BareJID) -> Bool {
        userIDs.contains { user in
            guard user.hasPrefix("xmpp:"), let named = try? BareJID(String(user.dropFirst(5))) else { return false }
            return named == jid
        }
    }
}
