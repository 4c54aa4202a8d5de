// Owns why there is no connection.

public import TernXMPP

/// Why there is no connection, or no longer one.
public enum TransportError: Error, Hashable, Sendable {
    /// No server could be reached.
    case unreachable
    /// The server's certificate is none for this domain, or nobody who is trusted vouches for it.
    case certificate
    /// TLS failed for another reason.
    case tls
    /// The stream ended.
    case stream(StreamError)
    /// The connection was lost.
    case lost
    /// Nothing came for too long.
    case timedOut
    /// The file with certificates cannot be read.
    case authorities
}
