// Owns why a call gave no result, grouped by who is at fault. Numbers only: no secret, no plaintext, nobody's name.
// It must not know exit codes or texts for people.

/// Why a message was not encrypted or decrypted.
public enum SessionError: Error, Hashable, Sendable {
    // The other end, or somebody on the way.

    /// A signature or message code does not fit, or there is none where there has to be one.
    case unauthentic
    /// Not what the specification says.
    case malformed
    /// Seen before.
    case duplicate
    /// Further ahead of the last message than is allowed.
    case tooFarAhead
    /// Larger than is allowed.
    case limitExceeded
    /// A version or algorithm that is not spoken here.
    case unsupported
    /// An older version than the one agreed on before.
    case downgrade

    // Us.

    /// No keys have been agreed on.
    case noSession
    /// The conversation was ended.
    case ended
    /// The key is undecided, distrusted or not the accepted one.
    case untrusted
    /// Encrypted for others.
    case notForThisDevice
    /// A key that is needed is not there.
    case materialMissing

    // The host.

    /// The queue behind a job is full.
    case busy
    /// Nothing like this was asked for.
    case unexpectedAnswer
    /// Not a message of this conversation, or not a call for its phase.
    case misuse
    /// A job was given back without being run.
    case abandoned

    // The environment.

    /// The store.
    case store(StoreError)
    /// A library; the number is its own.
    case backend(code: Int)
    /// A library or program is not installed, or not in a version that can be used.
    case backendMissing
}

extension SessionError {
    /// Who has to change something before a repetition can succeed.
    public enum Fault: Hashable, Sendable {
        case peer, us, host, environment
    }

    /// Whose fault it is.
    public var fault: Fault {
        switch self {
        case .unauthentic, .malformed, .duplicate, .tooFarAhead, .limitExceeded, .unsupported, .downgrade: .peer
        case .noSession, .ended, .untrusted, .notForThisDevice, .materialMissing: .us
        case .busy, .unexpectedAnswer, .misuse, .abandoned: .host
        case .store, .backend, .backendMissing: .environment
        }
    }

    /// The name that scripts and vectors know it by. Names are only ever added.
    public var code: String {
        switch self {
        case .unauthentic: "unauthentic"
        case .malformed: "malformed"
        case .duplicate: "duplicate"
        case .tooFarAhead: "tooFarAhead"
        case .limitExceeded: "limitExceeded"
        case .unsupported: "unsupported"
        case .downgrade: "downgrade"
        case .noSession: "noSession"
        case .ended: "ended"
        case .untrusted: "untrusted"
        case .notForThisDevice: "notForThisDevice"
        case .materialMissing: "materialMissing"
        case .busy: "busy"
        case .unexpectedAnswer: "unexpectedAnswer"
        case .misuse: "misuse"
        case .abandoned: "abandoned"
        case .store: "store"
        case .backend: "backend"
        case .backendMissing: "backendMissing"
        }
    }
}
