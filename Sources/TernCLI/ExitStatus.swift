// Owns the exit codes: scripts depend on them, so they only ever grow.

/// The exit codes of the command.
enum ExitStatus: Int32, CaseIterable {
    case success = 0
    case internalError = 1
    case usage = 2
    case unauthentic = 3
    case untrusted = 4
    case noSession = 5
    case malformed = 6
    case duplicate = 7
    case storeHeld = 8
    case storeDamaged = 9
    case network = 10
    case loginRefused = 11
    case downgrade = 12
    case vectorFailed = 13
    case limitExceeded = 14
    case unsupported = 15
    case storage = 16
    case missingProgram = 17
    case wrongPassphrase = 18
    case interrupted = 130

    /// The words that scripts find as `code` in an error object with this exit code.
    var codes: [ErrorCode] { ErrorCode.allCases.filter { $0.status == self } }

    /// What the manual page says about it.
    var meaning: String {
        switch self {
        case .success: "everything was done"
        case .internalError: "a mistake in tern itself"
        case .usage: "arguments that make no sense, or a named file that is not there or not of its kind"
        case .unauthentic: "a bad signature or code, something tampered with or not authenticated"
        case .untrusted: "a key that is undecided, distrusted or has changed"
        case .noSession: "no session, one that has ended, missing material, or an account that has moved away"
        case .malformed: "input that is not what it should be, or not for this device"
        case .duplicate: "a message that was decrypted, or a file that was imported, before"
        case .storeHeld: "the store is held by another process that does not answer"
        case .storeDamaged: "the store is damaged or rolled back, or it or a file is of a newer version"
        case .network: "the network failed"
        case .loginRefused: "the server refused the login"
        case .downgrade: "a downgrade was refused"
        case .vectorFailed: "a test vector or a peer failed"
        case .limitExceeded: "a limit was exceeded, or a message is too far ahead"
        case .unsupported: "a version that is not supported"
        case .storage: "storage is full, fails, or may not be read"
        case .missingProgram: "a program or library that is needed is missing"
        case .wrongPassphrase: "the passphrase does not open the store or the file"
        case .interrupted: "interrupted by the keyboard"
        }
    }
}
