// Owns how long a client waits. It must not know for whom.

/// How long is waited for what.
public struct Patience: Hashable, Sendable {
    /// For a connection to be of use.
    public var connecting: Duration
    /// For an answer.
    public var answering: Duration
    /// Until a server is asked whether it is there.
    public var silence: Duration

    /// Half a minute for what should take a second, and a question a minute, as servers' own time-outs are.
    public init(
        connecting: Duration = .seconds(30), answering: Duration = .seconds(30), silence: Duration = .seconds(60)
    ) {
        (self.connecting, self.answering, self.silence) = (connecting, answering, silence)
    }
}
