// Owns the pairs of a foreign implementation and a version of OMEMO that each test is done with.

import Testing

import TernCore
import TernOMEMO

/// A foreign implementation in one version.
struct Pairing: CustomTestStringConvertible, Sendable {
    let implementation: ForeignPeer.Implementation
    let version: ForeignDevice.Version

    static let all = ForeignPeer.Implementation.allCases.flatMap { implementation in
        ForeignDevice.Version.allCases.map { Pairing(implementation: implementation, version: $0) }
    }

    var testDescription: String { "\(implementation.testDescription), \(version.testDescription)" }

    /// A device of Tern and one of theirs.
    func neighbourhood(seed: UInt64 = 1) throws -> Neighbourhood {
        try Neighbourhood(implementation, version, seed: seed)
    }

    /// A device of Tern and one of theirs with a session that both sides have used.
    func acquainted() throws -> Neighbourhood {
        let both = try neighbourhood()
        _ = try both.stranger.decrypt(try both.encrypt("first").xml(), from: Neighbourhood.ternAccount)
        _ = try both.tern.decrypt([try both.encryptForTern("answer")], from: try both.stranger.address.jid)
        return both
    }
}
