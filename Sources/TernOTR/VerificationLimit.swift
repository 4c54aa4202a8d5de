// Owns how often somebody may guess at a shared secret. It must not know what the secret is.

public import TernCore

/// Comparisons that have failed with one conversation partner. Each is a guess: whoever could make many would find out a secret
/// that people can remember.
public struct VerificationLimit: Hashable, Sendable {
    /// As many may fail within ``window``.
    public static let most = 3
    /// An hour, in milliseconds.
    public static let window: Int64 = 3600 * 1000

    /// When each failed, the latest ones.
    public private(set) var failures: [Timestamp] = []

    /// None so far.
    public init() {}

    /// Those that a host has kept.
    public init(failures: [Timestamp]) {
        self.failures = Array(failures.sorted().suffix(VerificationLimit.most))
    }

    /// Whether one more may be made. A clock that was set back lets nobody guess more.
    public func allows(at now: Timestamp) -> Bool {
        guard failures.count >= VerificationLimit.most, let first = failures.first else { return true }
        let age = now.milliseconds.subtractingReportingOverflow(first.milliseconds)
        return !age.overflow && age.partialValue >= VerificationLimit.window
    }

    /// One has failed.
    mutating func note(failureAt now: Timestamp) {
        failures = Array((failures + [now]).suffix(VerificationLimit.most))
    }
}
