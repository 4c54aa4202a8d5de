// Owns which ways to log in there are, and which is better. It must not know how any of them goes.

public import TernCrypto

/// A SASL mechanism (RFC 4422) that is spoken here.
public enum LoginMechanism: Hashable, Sendable {
    /// SCRAM, with or without channel binding (RFC 5802, RFC 7677).
    case scram(HashFunction, isBound: Bool)
    /// The password itself (RFC 4616): only where somebody asked for it, and under TLS.
    case plain

    /// All of them, the strongest first: a bound one proves more than any hash.
    public static let all: [LoginMechanism] =
        [true, false].flatMap { isBound in
            HashFunction.allCases.reversed().map { .scram($0, isBound: isBound) }
        } + [.plain]

    /// The mechanism of a registered name; nil for one that is not spoken here.
    public init?(name: String) {
        guard let found = LoginMechanism.all.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// As IANA registered it.
    public var name: String {
        switch self {
        case .scram(let hash, let isBound): "SCRAM-\(hash.rawValue)\(isBound ? "-PLUS" : "")"
        case .plain: "PLAIN"
        }
    }

    /// What a pin is held against: a mechanism is never used in place of a stronger one that was used before. Channel binding does not
    /// count, since a server may lose it with its certificate; the proof itself shows then whether it was taken away.
    public var strength: Int {
        switch self {
        case .plain: 0
        case .scram(.sha1, _): 1
        case .scram(.sha256, _): 2
        case .scram(.sha512, _): 3
        }
    }
}
