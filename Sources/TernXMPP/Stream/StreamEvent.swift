// Owns what a stream asks of whoever holds its socket.

public import TernCore
public import TernXML

/// What is to be done, or known, in the order given.
public enum StreamEvent: Sendable {
    /// Write this.
    case write([UInt8])
    /// Begin TLS now, and then call ``XMPPStream/secured(by:)``. Nothing that comes before is to be read.
    case beginTLS
    /// The account was registered.
    case registered
    /// Logged in: by what, and with which keys, so that they can be kept.
    case loggedIn(LoginMechanism, SCRAMKeys?)
    /// Stanzas can be sent. `isResumed` says that the server goes on with what was before; where it does not, `unsent` may not have
    /// come to anybody.
    case ready(JID, isResumed: Bool, unsent: [Element])
    /// A stanza has come. It is counted as handled by ``XMPPStream/handled()`` alone.
    case stanza(Element)
    /// The server has these.
    case confirmed([Element])
    /// The stream has ended; nil where both ends wanted it. Close the socket.
    case ended(StreamError?)
}
