// Owns the words that scripts find as `code` in an error object, and the exit code of each. They only ever grow.

/// What kind of failure it is. Several kinds may share an exit code.
enum ErrorCode: String, CaseIterable, Sendable {
    case internalError = "internal"
    case usage
    case unauthentic
    case untrusted
    case noSession
    case ended
    case missingMaterial
    case moved
    case malformed
    case notForThisDevice
    case cannotDecrypt
    case duplicate
    case storeHeld
    case storeDamaged
    case newerFile
    case network
    case loginRefused
    case downgrade
    case vectorFailed
    case tooFarAhead
    case limitExceeded
    case unsupported
    case storage
    case missingProgram
    case wrongPassphrase
    case interrupted

    /// The exit code.
    var status: ExitStatus {
        switch self {
        case .internalError: .internalError
        case .usage: .usage
        case .unauthentic: .unauthentic
        case .untrusted: .untrusted
        case .noSession, .ended, .missingMaterial, .moved: .noSession
        case .malformed, .notForThisDevice, .cannotDecrypt: .malformed
        case .duplicate: .duplicate
        case .storeHeld: .storeHeld
        case .storeDamaged, .newerFile: .storeDamaged
        case .network: .network
        case .loginRefused: .loginRefused
        case .downgrade: .downgrade
        case .vectorFailed: .vectorFailed
        case .tooFarAhead, .limitExceeded: .limitExceeded
        case .unsupported: .unsupported
        case .storage: .storage
        case .missingProgram: .missingProgram
        case .wrongPassphrase: .wrongPassphrase
        case .interrupted: .interrupted
        }
    }
}
