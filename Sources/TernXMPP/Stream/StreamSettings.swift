// Owns what a stream is opened with. It must not know where any of it is kept.

public import TernCore

/// Who connects, and what they accept.
public struct StreamSettings: Sendable {
    /// Whose account it is; its local part is the user's name.
    public let account: BareJID
    /// What proves it.
    public let secret: LoginSecret
    /// What the connection is called; the server chooses without it.
    public var resource: String?
    /// Whether the password itself may be sent, under TLS, where the server takes nothing better.
    public var allowsPlain = false
    /// What a login has to be as strong as; see ``LoginMechanism/strength``.
    public var leastStrength = 1
    /// Whether the account is to be registered first (XEP-0077).
    public var registers = false
    /// Whether the connection is used for nothing but registering.
    public var endsAfterRegistration = false

    /// Settings.
    public init(account: BareJID, secret: LoginSecret) {
        (self.account, self.secret) = (account, secret)
    }
}
