// Owns why an address gives no keys. It must not know words for people.

/// Why a ``VerificationURI`` could not be read.
public enum VerificationURIError: Error, Hashable, Sendable {
    /// It does not begin with `xmpp:`.
    case notXMPP
    /// There is no account in it, or one with a resource.
    case badAddress
    /// A percent sign without two digits behind it, or bytes that are no UTF-8.
    case badEscape
    /// A parameter has a value that it cannot have, or none, or is there twice and may not be.
    case badParameter(String)
    /// The same device or key is named twice.
    case duplicate(String)
    /// The keys are those of another encryption, or it does not say of which.
    case unsupported(String?)
    /// There are no keys in it.
    case noKeys
    /// It is longer than is read.
    case tooLong
}
