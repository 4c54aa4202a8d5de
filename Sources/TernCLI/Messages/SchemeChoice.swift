// Owns the names of schemes on the command line. It must not know how any of them encrypts.

internal import ArgumentParser
internal import TernCore
internal import TernOMEMO

/// What `--with` takes.
enum SchemeChoice: String, ExpressibleByArgument, CaseIterable {
    case omemo
    case omemo03 = "omemo:0.3"
    case omemo2 = "omemo:2"
    case otr
    case ox
    case pgp

    /// The versions of OMEMO that are meant, the preferred one first.
    /// - Throws: `unsupported` for OTR, whose messages are not for all devices of somebody.
    func versions() throws(CommandFailure) -> [Version] {
        switch self {
        case .omemo: return [.v2, .v03]
        case .omemo03: return [.v03]
        case .omemo2: return [.v2]
        case .otr:
            throw CommandFailure(
                .unsupported, "OTR is a conversation with one program, a message at a time",
                hint: "see tern otr step and tern otr pipe")
        case .ox, .pgp: return []
        }
    }

    /// The scheme, where it is one of OpenPGP.
    var openPGP: Scheme? {
        switch self {
        case .ox: .ox
        case .pgp: .pgp
        case .omemo, .omemo03, .omemo2, .otr: nil
        }
    }
}
