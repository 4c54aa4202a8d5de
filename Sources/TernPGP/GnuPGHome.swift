// Owns the path of a GnuPG home that is ours alone. It must not know what keys are in it, nor create or end anything.

public import TernCore

/// A directory that GnuPG keeps keys in and listens at.
///
/// Whoever makes one gives it mode 0700 and ends the agent that GnuPG starts in it
/// (`gpgconf --homedir PATH --kill all`) before removing it.
public struct GnuPGHome: Hashable, Sendable {
    /// The absolute path.
    public let path: String

    /// Checks the path.
    /// - Throws: ``TernCore/SessionError/misuse`` where the path is not absolute, or so long that GnuPG could not listen there: a
    ///   socket's name has at most 107 bytes, and GnuPG would say no more than that there is no agent.
    public init(_ path: String) throws(SessionError) {
        guard path.utf8.first == UInt8(ascii: "/"), !path.utf8.contains(0),
            path.utf8.count + GnuPGHome.longestSocketName <= 107
        else { throw .misuse }
        self.path = path
    }

    /// `/S.gpg-agent.browser`.
    private static let longestSocketName = 20
}
