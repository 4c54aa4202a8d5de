// Owns the difference between the host's time and the clock that libotr reads by itself. It must not know what depends on time.

internal import COTR
internal import Glibc
internal import TernCore

extension OTREngine {
    /// By how many seconds libotr's own clock is ahead of the host's time.
    func clockAhead(of now: Timestamp) -> Int { time(nil) - Int(now.milliseconds / 1000) }

    /// Moves the times that libotr remembers: to its own clock before a call, and back after it. Between two calls they are the
    /// host's, so that a heartbeat is due and a key exchange forgotten when the host says so.
    /// 0 is libotr's word for never.
    func moveTimes(by seconds: Int) {
        guard seconds != 0 else { return }
        unsafe forEachContext { context in
            if unsafe context.pointee.auth.commit_sent_time != 0 {
                unsafe context.pointee.auth.commit_sent_time += seconds
            }
            guard let hidden = unsafe context.pointee.context_priv else { return }
            if unsafe hidden.pointee.lastsent != 0 { unsafe hidden.pointee.lastsent += seconds }
            if unsafe hidden.pointee.lastrecv != 0 { unsafe hidden.pointee.lastrecv += seconds }
        }
    }
}
