// Owns the ways in which another program's files can fail to be a device. It must not know which program.

public import TernCore

/// Why no device was read.
public enum ForeignError: Error, Hashable, Sendable {
    /// It is not what the program writes; where in it.
    case malformed(String)
    /// A part has a version that is not known; which.
    case unsupported(String)
    /// Which account it is of is not certain: these, or none.
    case ambiguous([BareJID])
}
