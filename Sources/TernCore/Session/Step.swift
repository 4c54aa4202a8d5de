// Owns what a host has to do after a call. It must not know how.

/// All that follows from one call to a session.
public struct Step: Sendable {
    /// Which call this is about.
    public let ticket: Ticket
    /// Whether the call waits for answers to needs, its own or those of a call before it. Otherwise this is its last step.
    public var isWaiting: Bool
    /// What a person may read. It may be shown when the step is carried out, not before.
    public var plaintext: Plaintext?
    /// To be sent, in this order.
    public var outbound: [Outbound]
    /// To be fetched, published or computed, all at once.
    public var needs: [Need]
    /// What else happened, in this order.
    public var events: [Event]
    /// Why this message failed although there is something to do.
    public var failure: SessionError?

    /// A step; what is not named is empty.
    public init(
        _ ticket: Ticket, isWaiting: Bool = false, plaintext: Plaintext? = nil, outbound: [Outbound] = [],
        needs: [Need] = [], events: [Event] = [], failure: SessionError? = nil
    ) {
        self.ticket = ticket
        self.isWaiting = isWaiting
        self.plaintext = plaintext
        self.outbound = outbound
        self.needs = needs
        self.events = events
        self.failure = failure
    }
}
