// Owns how failed comparisons are written down. It must not know what is compared.

internal import TernCore

extension FrozenWriter {
    mutating func write(_ limit: VerificationLimit) {
        write(Int64(limit.failures.count))
        for failure in limit.failures { write(failure.milliseconds) }
    }
}

extension FrozenReader {
    mutating func limit() throws(SessionError) -> VerificationLimit {
        var failures: [Timestamp] = []
        for _ in 0..<(try number(upTo: Int64(VerificationLimit.most))) {
            failures.append(Timestamp(milliseconds: try number()))
        }
        return VerificationLimit(failures: failures)
    }
}
