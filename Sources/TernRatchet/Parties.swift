// Owns who talks in a session: two encoded identity keys, and the associated data that is made of them.

internal import TernCrypto

/// The two ends of a session, as far as the ratchet knows them.
public struct Parties: Sendable, Hashable {
    /// This device's encoded identity key. The sessions of a device share the array.
    public let local: [UInt8]
    /// The other device's key lies in place: an array would take more memory than the key.
    private let remoteBytes: FixedBytes<33>
    private let remoteCount: UInt8
    /// Whether this side started the session.
    public let isInitiator: Bool

    /// The other device's encoded identity key, as received.
    public var remote: [UInt8] { Array(remoteBytes.array.prefix(Int(remoteCount))) }

    /// The bytes of ``remote``.
    var remoteKey: Span<UInt8> {
        @_lifetime(borrow self)
        get { remoteBytes.span.extracting(first: Int(remoteCount)) }
    }

    /// Puts the three together.
    public init(local: [UInt8], remote: [UInt8], isInitiator: Bool) {
        self.local = local
        precondition(remote.count <= 33, "an encoded key has at most 33 bytes")
        remoteBytes = FixedBytes(InlineArray { $0 < remote.count ? remote[$0] : 0 })
        remoteCount = UInt8(remote.count)
        self.isInitiator = isInitiator
    }

    /// Writes the tag of a message that is sent: over AD (X3DH §3.3) and the message.
    @_lifetime(cipher: copy cipher)
    borrowing func tag(_ framed: FramedMessage, suite: Suite, with cipher: inout MessageCipher) {
        if localIsFirst(sending: true, suite) {
            cipher.tag(local.span, remoteKey, framed.authenticated, at: framed.tag)
        } else {
            cipher.tag(remoteKey, local.span, framed.authenticated, at: framed.tag)
        }
    }

    /// Whether `tag` fits a message that was received. Constant time.
    @_lifetime(cipher: copy cipher)
    borrowing func vouch(
        for message: Span<UInt8>, tag: Span<UInt8>, suite: Suite, with cipher: inout MessageCipher
    ) -> Bool {
        let length = suite.tagLength
        if localIsFirst(sending: false, suite) {
            return Memory.fits(tag, cipher.authenticate(local.span, remoteKey, message).extracting(first: length))
        }
        return Memory.fits(tag, cipher.authenticate(remoteKey, local.span, message).extracting(first: length))
    }

    /// AD are the two keys in the suite's order.
    private borrowing func localIsFirst(sending: Bool, _ suite: Suite) -> Bool {
        switch suite.associatedData {
        case .senderFirst: sending
        case .initiatorFirst: isInitiator
        }
    }
}
