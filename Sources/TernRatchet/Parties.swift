// Owns who talks in a session: two encoded identity keys, and the associated data that is made of them.

internal import TernCrypto

/// The two ends of a session, as far as the ratchet knows them.
public struct Parties: Sendable, Hashable {
    /// This device's encoded identity key. The sessions of a device share the array.
    public let local: [UInt8]
    /// The other device's encoded identity key, as received.
    public let remote: [UInt8]
    /// Whether this side started the session.
    public let isInitiator: Bool

    /// Puts the three together.
    public init(local: [UInt8], remote: [UInt8], isInitiator: Bool) {
        self.local = local
        self.remote = remote
        self.isInitiator = isInitiator
    }

    /// The code over AD (X3DH §3.3) and a message in the given direction: AD are the two keys in the suite's order.
    @_lifetime(borrow cipher)
    borrowing func authenticate(
        _ message: Span<UInt8>, sending: Bool, suite: Suite, with cipher: borrowing MessageCipher
    ) -> Span<UInt8> {
        let localFirst =
            switch suite.associatedData {
            case .senderFirst: sending
            case .initiatorFirst: isInitiator
            }
        return localFirst
            ? cipher.authenticate(local.span, remote.span, message)
            : cipher.authenticate(remote.span, local.span, message)
    }
}
