// Owns the names of the ways to encrypt that Tern speaks.

/// How a conversation is encrypted.
public enum Scheme: String, Hashable, Sendable, CaseIterable {
    /// XEP-0384 version 0.3, `eu.siacs.conversations.axolotl`.
    case omemo03 = "omemo:0.3"
    /// XEP-0384 version 0.8, `urn:xmpp:omemo:2`.
    case omemo2 = "omemo:2"
    /// Off-the-Record Messaging (XEP-0364).
    case otr = "otr"
    /// OpenPGP for XMPP (XEP-0373, XEP-0374).
    case ox = "ox"
    /// Legacy OpenPGP (XEP-0027), which authenticates nothing.
    case pgp = "pgp"
}
