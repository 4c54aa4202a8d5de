// Owns the one reading of the clock: everything below is told the time.

internal import Glibc
public import TernCore

extension Timestamp {
    /// The time now, by the system's clock.
    public static var now: Timestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
