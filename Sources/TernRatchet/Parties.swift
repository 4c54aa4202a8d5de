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

    /// Writes the tag of a message that is sent: over AD (X3DH §3.3) and the message.
    @_lifetime(cipher: copy cipher)
    borrowing func tag(_ framed: FramedMessage, suite: Suite, with cipher: inout MessageCipher) {
        if localIsFirst(sending: true, suite) {
            cipher.tag(local.span, remote.span, framed.authenticated, at: framed.tag)
        } else {
            cipher.tag(remote.span, local.span, framed.authenticated, at: framed.tag)
        }
    }

    /// Whether `tag` fits a message that was received. Constant time.
    @_lifetime(cipher: copy cipher)
    borrowing func vouch(
        for message: Span<UInt8>, tag: Span<UInt8>, suite: Suite, with cipher: inout MessageCipher
    ) -> Bool {
        let length = suite.tagLength
        if localIsFirst(sending: false, suite) {
            return Memory.fits(tag, cipher.authenticate(local.span, remote.span, message).extracting(first: length))
        }
        return Memory.fits(tag, cipher.authenticate(remote.span, local.span, message).extracting(first: length))
    }

    /// AD are the two keys in the suite's order.
    private borrowing func localIsFirst(sending: Bool, _ suite: Suite) -> Bool {
        switch suite.associatedData {
        case .senderFirst: sending
        case .initiatorFirst: isInitiator
        }
    }
}
