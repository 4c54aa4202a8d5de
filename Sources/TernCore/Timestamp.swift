// Owns a point in time, as it is told to us. It must not read a clock.

/// Milliseconds since 1970, UTC.
public struct Timestamp: Hashable, Sendable, Comparable {
    /// The count; negative before 1970.
    public let milliseconds: Int64

    /// A point in time.
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// A point in time, from whole seconds; the end of what can be counted where they are too many.
    public init(seconds: Int64) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        milliseconds = overflow ? (seconds < 0 ? .min : .max) : product
    }

    /// Earlier first.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }
}
