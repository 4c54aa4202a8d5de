// Owns the exit codes of the Stateless OpenPGP interface, which are not this program's own.

/// An exit code of draft-dkg-openpgp-stateless-cli §6.
enum SOPStatus: Int32, Error {
    case unspecified = 1
    case noSignature = 3
    case unsupportedAlgorithm = 13
    case certificateCannotEncrypt = 17
    case missingArgument = 19
    case incompleteVerification = 23
    case cannotDecrypt = 29
    case passwordNotReadable = 31
    case unsupportedOption = 37
    case badData = 41
    case expectedText = 53
    case outputExists = 59
    case missingInput = 61
    case keyIsProtected = 67
    case unsupportedSubcommand = 69
    case unsupportedPrefix = 71
    case ambiguousInput = 73
    case keyCannotSign = 79
    case incompatibleOptions = 83
    case unsupportedProfile = 89
}

/// Why a call did not do what it was asked to.
struct SOPFailure: Error {
    let status: SOPStatus
    let message: String

    init(_ status: SOPStatus, _ message: String) {
        (self.status, self.message) = (status, message)
    }
}
