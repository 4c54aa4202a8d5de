// Owns how computing a case can end other than with outputs.

internal import TernCrypto

/// Why a case gave no outputs.
enum CaseFailure: Error, Equatable {
    /// The operation refused, as a case may expect.
    case refused(ErrorClass)
    /// Two ways to the same result differ, or a library failed: never expected.
    case broken(String)

    init(_ error: CryptoError) {
        self = ErrorClass(error).map { .refused($0) } ?? .broken("the operation failed with \(error.words)")
    }
}
