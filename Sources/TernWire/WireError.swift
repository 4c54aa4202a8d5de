// Owns the ways in which received bytes can fail to be a message. Numbers only: nothing that a peer wrote is quoted.

/// Why bytes are not a message.
public enum WireError: Error, Equatable, Sendable {
    /// The bytes end inside a field, a version byte or a message code.
    case truncated
    /// A field has the wrong wire type, a forbidden number, or a number that is too large or not in its shortest form.
    case malformed
    /// The field of this number is required and absent.
    case missingField(Int)
    /// The field of this number stands there twice.
    case duplicateField(Int)
    /// A key, message code or ciphertext has a length that it cannot have.
    case wrongLength(Int)
    /// A public key of OMEMO 0.3 starts with this byte and not with 0x05, which stands for Curve25519.
    case unknownKeyType(UInt8)
    /// An OMEMO 0.3 message starts with this version byte.
    case unsupportedVersion(UInt8)
    /// More bytes than ``KeyElement/maximumLength``, or a ciphertext longer than ``KeyElement/maximumCiphertextLength``.
    case tooLarge(Int)
}
