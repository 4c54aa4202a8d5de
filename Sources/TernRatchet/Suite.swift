// Owns what differs between two versions of a protocol: a version is a value of this type, never an `if`.
// It must not know any version by name.

public import TernCrypto

/// The parameters of X3DH and the Double Ratchet, as a protocol chooses them.
public final class Suite: Sendable {
    /// Which concatenation of the two identity keys a message's tag covers (X3DH §3.3, "AD").
    public enum AssociatedData: Sendable {
        /// The sender's key first: it changes with the direction.
        case senderFirst
        /// The key of the party that started the session first: the same both ways.
        case initiatorFirst
    }

    /// The form in which identity keys travel and sign.
    public enum IdentityForm: Sendable {
        /// A Curve25519 key; signatures carry the sign bit (``TernCrypto/SignBitSignature``).
        case curve25519
        /// An Ed25519 key; signatures are strict Ed25519.
        case ed25519
    }

    /// The number that stands for the suite in stored records. Never reused.
    public let id: UInt8
    /// The info string of X3DH's key derivation.
    public let agreementInfo: InfoString
    /// The info string of the root chain's key derivation.
    public let rootInfo: InfoString
    /// The info string that expands a message key.
    public let messageInfo: InfoString
    /// Bytes of a message's tag, cut off from HMAC-SHA-256: 8 to 32.
    public let tagLength: Int
    /// The order of the identity keys in the associated data.
    public let associatedData: AssociatedData
    /// The form of identity keys.
    public let identityForm: IdentityForm
    /// The byte in front of an encoded Curve25519 key, where the protocol has one.
    public let keyPrefix: UInt8?

    /// A version of a protocol. All lengths are in bytes.
    public init(
        id: UInt8, agreementInfo: InfoString, rootInfo: InfoString, messageInfo: InfoString, tagLength: Int,
        associatedData: AssociatedData, identityForm: IdentityForm, keyPrefix: UInt8?
    ) {
        precondition((8...32).contains(tagLength), "a tag has 8 to 32 bytes")
        self.id = id
        self.agreementInfo = agreementInfo
        self.rootInfo = rootInfo
        self.messageInfo = messageInfo
        self.tagLength = tagLength
        self.associatedData = associatedData
        self.identityForm = identityForm
        self.keyPrefix = keyPrefix
    }

    /// Bytes of an encoded key.
    var encodedKeyLength: Int { keyPrefix == nil ? 32 : 33 }

    /// The wire form of a Curve25519 key: what a signed prekey's signature covers.
    public func encode(_ key: X25519PublicKey) -> [UInt8] {
        (keyPrefix.map { [$0] } ?? []) + key.bytes.array
    }
}
