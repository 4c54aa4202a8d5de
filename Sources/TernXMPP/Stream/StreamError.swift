// Owns why a stream ends. Numbers and registered names only: no secret, no address, no text of a stranger's.

internal import TernXML

/// Why there is no stream, or no longer one.
public enum StreamError: Error, Hashable, Sendable {
    /// The server offers no TLS, or refuses it. Nothing was told to it: somebody in between may have taken the offer away.
    case notEncrypted
    /// Something came between the server's word that TLS begins and its beginning (the STARTTLS injection).
    case injected
    /// Nobody was logged in.
    case login(LoginError)
    /// What came is no stream, or more than a stanza may cost.
    case xml(StreamFault)
    /// What came is XML, and nothing that can come here.
    case unexpected
    /// The server ended the stream; a condition of RFC 6120 §4.9.3, such as `conflict`.
    case ended(condition: String)
    /// No resource was bound.
    case notBound(condition: String)
    /// The account was not registered; a condition of RFC 6120 §8.3.3, such as `conflict` for one that exists.
    case notRegistered(condition: String)
    /// More waits for the server's word that it has come than is kept.
    case overflow

    init(_ error: XMLError) {
        switch error {
        case .limitExceeded: self = .xml(.limit)
        case .forbidden: self = .xml(.forbidden)
        default: self = .xml(.malformed)
        }
    }
}

/// What is wrong with a stream's XML.
public enum StreamFault: Hashable, Sendable {
    case malformed, forbidden, limit
}
